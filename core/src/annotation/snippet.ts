import { type Directive, isRefusal, raw } from '../haproxy/emitter/index.js';
import type { Key, KeyOptions, WithFallback } from './key.js';
import { refuse, textSchema } from './standard-schema.js';

/**
 * Lines of HAProxy for one section, each a raw directive: see `raw`. What leaves its section is refused. No message shows the text, which
 * may hold a password.
 * @public
 */
export function snippet<const O extends Omit<KeyOptions, 'fallback'>>(options: O): Key<WithFallback<readonly Directive[], O>> {
  const schema = textSchema<readonly Directive[]>((text) => {
    try {
      return raw(text, 'snippet');
    } catch (error) {
      if (isRefusal(error)) return refuse(error.message);
      throw error;
    }
  });
  return { schema, options, type: 'lines', accepts: 'lines of HAProxy that stay in their section', isHidden: true };
}
