import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** Colours for a stream; plain text where it is no terminal or `NO_COLOR` is set. */
export function painter(stream: NodeJS.WriteStream): { readonly [C in 'red' | 'yellow' | 'blue' | 'green' | 'dim' | 'bold']: Paint } {
  const isPlain = !stream.isTTY || Boolean(process.env['NO_COLOR']);
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      isPlain ? text : styleText(format, text, { validateStream: false });
  return { red: paint('red'), yellow: paint('yellow'), blue: paint('blue'), green: paint('green'), dim: paint('dim'), bold: paint('bold') };
}
