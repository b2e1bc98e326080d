const begin = /^-----BEGIN [A-Z0-9 ]+-----$/;
const end = /^-----END [A-Z0-9 ]+-----$/;
const base64 = /^[A-Za-z0-9+/=]+$/;

/**
 * The lines of all PEM blocks, without what stands between them: an empty line would end the payload, and what follows it would be taken
 * for commands. `undefined` where there is no block, or one of another form (an encrypted key has headers and an empty line).
 */
export function pemLines(text: string): readonly string[] | undefined {
  const lines: string[] = [];
  let isInside = false;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (isInside ? end.test(line) : begin.test(line)) isInside = !isInside;
    else if (!isInside) continue;
    else if (!base64.test(line)) return undefined;
    lines.push(line);
  }
  return isInside || lines.length === 0 ? undefined : lines;
}
