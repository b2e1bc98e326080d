/** What servers do to a path, in whatever order, before they compare it. */
const habits: readonly ((path: string) => string)[] = [decoded, cutAtNul, withoutNul, slashed, withoutParameters, collapsed];

/**
 * All paths that some normalising server may read in a path: it decodes (overlong UTF-8 too), takes backslashes for slashes, cuts segments
 * at `;` and strings at NUL or leaves NUL out, collapses slashes and resolves dot segments, each once or several times, in any order.
 */
export function readingsOf(path: string): ReadonlySet<string> {
  const readings = new Set([path]);
  for (const reading of readings) for (const habit of habits) readings.add(habit(reading));
  return new Set([...readings].map(resolved));
}

function decoded(path: string): string {
  const bytes = path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return bytes.replace(/[\xc0\xc1][\x80-\xbf]/g, (pair) =>
    String.fromCharCode(((pair.charCodeAt(0) & 0x1f) << 6) | (pair.charCodeAt(1) & 0x3f)),
  );
}

function cutAtNul(path: string): string {
  return path.split('\0')[0] ?? '';
}

function withoutNul(path: string): string {
  return path.replaceAll('\0', '');
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/g, '');
}

function collapsed(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}

function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  return ['', ...segments].join('/');
}
