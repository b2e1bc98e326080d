import { relative } from 'node:path';

/** What HAProxy reads beside a certificate without being told: it names these where the certificate itself is wanting. */
const besideCertificate = /\.(?:key|ocsp|issuer|sctl)$/;

/** Knows the files of a checked folder in HAProxy's words, which have them relative or whole, quoted or bare. */
export class OurFiles {
  readonly #folder: string;
  readonly #isOurs: (path: string) => boolean;

  /** @param isOurs - Of a path relative to `folder`. */
  constructor(folder: string, isOurs: (path: string) => boolean) {
    this.#folder = folder;
    this.#isOurs = isOurs;
  }

  /** The path relative to the folder, if it is one of ours. */
  find(path: string): string | undefined {
    const inside = path.startsWith('/') ? relative(this.#folder, path) : path;
    return this.#isOurs(inside) ? inside : undefined;
  }

  /** All that a text names, each once, but for the files that hold sections. */
  namedIn(text: string): readonly string[] {
    const words = text.match(/[^\s'"<>()[\],]+/g) ?? [];
    const found = words.flatMap((word) => this.#findWord(word.replace(/[.:;]+$/, '')) ?? []);
    return [...new Set(found)].filter((path) => !path.endsWith('.cfg'));
  }

  #findWord(word: string): string | undefined {
    return this.find(word) ?? this.find(word.replace(besideCertificate, ''));
  }
}
