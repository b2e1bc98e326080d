import { SecretText } from '@signalbox/core';

/**
 * Stands for the default certificate in what is rendered and not run, so that the same manifests always give the same files. It is a throw-away:
 * self-signed, for no name, and its key is public, here. `run` makes one of its own, so that this one never serves.
 */
export const placeholderCertificate: SecretText = new SecretText(`-----BEGIN CERTIFICATE-----
MIIBvTCCAWSgAwIBAgIJG0j7O7MSkvvfMAoGCCqGSM49BAMCMCwxKjAoBgNVBAMT
IXNpZ25hbGJveCBwbGFjZWhvbGRlciBjZXJ0aWZpY2F0ZTAgFw0yMDAxMDEwMDAw
MDBaGA8yMTIwMDEwMTAwMDAwMFowLDEqMCgGA1UEAxMhc2lnbmFsYm94IHBsYWNl
aG9sZGVyIGNlcnRpZmljYXRlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENFr4
AVH2f9umoAW2rEgXxXbiKO47RlHprneuksMcRJyiMzY4mJ0pqIfOp4qQFjRAeCg8
U8mrXp0zkGP2+n8X06NtMGswDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCBaAw
HQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMCwGA1UdEQQlMCOCIXNpZ25h
bGJveCBwbGFjZWhvbGRlciBjZXJ0aWZpY2F0ZTAKBggqhkjOPQQDAgNHADBEAiB8
aPRGfJ1lNcOtGcjn/QKtIBCokX+PL9VAPVBnfOScEgIgL9VHg+Cr/1pzF6XU1xZ1
dIQY3HwKHJNGLKK223kQtSY=
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmYRH1dW6zqi2mRue
CbWHInPOMaZSPrdkeenBo3win3GhRANCAAQ0WvgBUfZ/26agBbasSBfFduIo7jtG
Uemud66SwxxEnKIzNjiYnSmoh86nipAWNEB4KDxTyatenTOQY/b6fxfT
-----END PRIVATE KEY-----
`);
