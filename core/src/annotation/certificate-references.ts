import { authoritiesOf } from '../routing/authorities.js';
import { certificateOf } from '../routing/certificates.js';
import { secretKind } from '../resource/kinds.js';
import type { SecretText } from '../secret-text.js';
import type { Key, KeyOptions } from './key.js';
import { reference } from './references.js';
import { refuse } from './standard-schema.js';

/**
 * The name of a Secret with a certificate to show, in `tls.crt`, and its key, in `tls.key`; `apply` receives both as PEM, written anew.
 * Where they do not belong together, or HAProxy could not use them, the value cannot be used. See `secretRef` for names.
 * @public
 */
export function certificateRef(options: Omit<KeyOptions, 'fallback'>): Key<SecretText | undefined> {
  return reference(secretKind, options, ({ object }) => {
    const certificate = certificateOf(object);
    if ('pem' in certificate) return certificate.pem;
    return refuse('a PEM certificate in tls.crt and its unencrypted private key in tls.key', ['that', certificate.problem].join(' '));
  });
}

/**
 * The name of a Secret with the certificates of authorities, in `tls.crt`, or in `ca.crt` where there is no `tls.crt`; `apply` receives
 * them as PEM, written anew. Where there is none, or one of them is of no use, the value cannot be used. See `secretRef` for names.
 * @public
 */
export function authoritiesRef(options: Omit<KeyOptions, 'fallback'>): Key<SecretText | undefined> {
  return reference(secretKind, options, ({ object }) => {
    const authorities = authoritiesOf(object);
    if ('pem' in authorities) return authorities.pem;
    return refuse('PEM certificates of authorities in tls.crt or ca.crt', ['that', authorities.problem].join(' '));
  });
}
