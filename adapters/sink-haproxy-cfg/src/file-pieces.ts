import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const usualLength = 65_536;
const newline = 0x0a;
/** Node gives the memory of a buffer back late, so that new ones for each file would pile up. */
const spares: Buffer[] = [];

/**
 * The pieces of a file, each of whole lines. A piece holds until the next one is asked for.
 * @throws Error of the file system where there is no such file, or it is not a plain one.
 */
export async function* piecesOf(path: string): AsyncGenerator<Buffer, void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  let buffer = spares.pop() ?? Buffer.allocUnsafeSlow(usualLength);
  try {
    // How much of the buffer is filled, with what stands behind the last whole line.
    let filled = 0;
    for (;;) {
      if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
      const end = buffer.lastIndexOf(newline, filled - 1) + 1;
      if (end === 0) continue;
      yield buffer.subarray(0, end);
      buffer.copyWithin(0, end, filled);
      filled -= end;
    }
    if (filled > 0) yield buffer.subarray(0, filled);
  } finally {
    if (buffer.length === usualLength) spares.push(buffer);
    await file.close();
  }
}
