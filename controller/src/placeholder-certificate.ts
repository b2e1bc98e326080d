import { SecretText } from '@signalbox/core';

/**
 * Stands for the default certificate in what is rendered and not run, so that the same manifests always give the same files. It is a throw-away:
 * self-signed, for no name, and its key is public, here. `run` makes one of its own, so that this one never serves.
 */
export const placeholderCertificate: SecretText = new SecretText(`-----BEGIN CERTIFICATE-----
MIIBhjCCASygAwIBAgIJUwBw4Wkx2hApMAoGCCqGSM49BAMCMCwxKjAoBgNVBAMT
IXNpZ25hbGJveCBwbGFjZWhvbGRlciBjZXJ0aWZpY2F0ZTAgFw0yMDAxMDEwMDAw
MDBaGA8yMTIwMDEwMTAwMDAwMFowLDEqMCgGA1UEAxMhc2lnbmFsYm94IHBsYWNl
aG9sZGVyIGNlcnRpZmljYXRlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE21e+
eLBonn0mIyK5EKF508wjkk7DTm+iZvOf1NjTsGffpeJ8LQYGnnEvswfBj057uS/w
sy9PRT9fZQqYc4o6LKM1MDMwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4Aw
EwYDVR0lBAwwCgYIKwYBBQUHAwEwCgYIKoZIzj0EAwIDSAAwRQIhAMymYxvcBKSY
Op8uPY3CSgj1A4SNfyL9pxGDnypB2sVhAiBrqvYqRvjsW8Ivs2+dntqDq9qhfymo
F+bvPJnqxQwvzg==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg80BYQgC80nQXukzL
PsPZUinU/qrmIi38lQcW+4RqDIGhRANCAATbV754sGiefSYjIrkQoXnTzCOSTsNO
b6Jm85/U2NOwZ9+l4nwtBgaecS+zB8GPTnu5L/CzL09FP19lCphzijos
-----END PRIVATE KEY-----
`);
