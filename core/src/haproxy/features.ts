import { signalboxError } from '../errors.js';

/**
 * What the HAProxy at hand can do. The one place that knows versions.
 * @public
 */
export interface HaproxyFeatures {
  /** As HAProxy says it: `2.6.12-1+deb12u4`. */
  readonly version: string;
  /** `[2, 6]`. */
  readonly branch: readonly [major: number, minor: number];
  /** `reload` on the master socket answers when loading is done, and says how it went. */
  readonly synchronousReload: boolean;
  /** The certificates of authorities can be replaced while it runs. Before, that breaks the binds that use them. */
  readonly liveAuthorities: boolean;
  /** Changing one row of a map does not walk through all of them. */
  readonly indexedMaps: boolean;
  /** Built with QUIC. */
  readonly quic: boolean;
  /** Built with the Prometheus exporter. */
  readonly prometheus: boolean;
}

const oldest: readonly [number, number] = [2, 6];

/**
 * Reads the output of `haproxy -vv` (or of `haproxy -v`, which leaves the build options unknown and thus off).
 * @throws {@link SignalboxError} `HAPROXY_NOT_FOUND` if it is not HAProxy's, `HAPROXY_TOO_OLD` before 2.6.
 * @public
 */
export function haproxyFeatures(versionText: string): HaproxyFeatures {
  const match = /^HAProxy version ((\d+)\.(\d+)\S*)/m.exec(versionText);
  if (match === null) throw signalboxError('HAPROXY_NOT_FOUND', 'Expected the output of "haproxy -vv", found something else.');
  const [, version = '', major = '', minor = ''] = match;
  const branch: readonly [number, number] = [Number(major), Number(minor)];
  const atLeast = (wanted: readonly [number, number]): boolean =>
    branch[0] > wanted[0] || (branch[0] === wanted[0] && branch[1] >= wanted[1]);
  if (!atLeast(oldest)) {
    throw signalboxError(
      'HAPROXY_TOO_OLD',
      `HAProxy ${version} was found; Signalbox needs 2.6 or newer. Install a newer one or name it with --haproxy.`,
    );
  }
  return {
    version,
    branch,
    synchronousReload: atLeast([2, 7]),
    liveAuthorities: atLeast([3, 2]),
    indexedMaps: atLeast([3, 0]),
    quic: /^Feature list :.*\+QUIC\b/m.test(versionText),
    prometheus: /\bprometheus-exporter\b/.test(versionText) || /\+PROMEX\b/.test(versionText),
  };
}
