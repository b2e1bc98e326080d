import type { CheckMessage } from '@signalbox/core';
import { cleanWords } from './clean-words.js';
import { OurFiles } from './our-files.js';

const header = /^\[(ALERT|WARNING|NOTICE)\]\s+\((\d+)\)\s*:\s*(?:config\s*:\s*)?(.*)$/;
const location = /(\b[Pp]arsing\s*)?\[([^\]]*):(\d+)\]\s*:?\s*/g;
const inCrtList = /'crt-list' : (?:error processing line (\d+) in file '([^']*)' : |parsing \[([^\]]*):(\d+)\]: )?/;
const noise =
  /^(?:Fatal errors found|Error\(s\) found|Some (?:configuration|protocols)|Failed to initialize server|too many fatal errors|haproxy version|path to executable|New worker|Loading |config: Can't open global server state|Missing LF$)/;
/** What follows where a certificate or its key was not loaded, which is told already. */
const echo = /unable to load SSL private key into SSL Context .*: passed a null parameter/;
/** Of each severity: warnings come first, and many must not hide why HAProxy says no. */
const maxMessages = 100;

type Place = Pick<CheckMessage, 'file' | 'line'>;

/** One saying of HAProxy: a line, and those below it if it leaves the saying to them. */
interface Saying {
  readonly severity: CheckMessage['severity'];
  readonly head: string;
  readonly below: string[];
}

/**
 * Reads what HAProxy wrote while it read a configuration. Its messages can quote what no report may show: a configured password, or any
 * file of the machine that a snippet names as if it were a list. So {@link cleanWords} goes over them, and the lines below a message are
 * dropped where they repeat the configuration.
 *
 * What nobody can be blamed for by the outcome, on 2.6, 3.0 and 3.2 alike: a backend or table that is not there is named without a place
 * if a rule names it; an encrypted password is not looked at; an error in an `http-request` rule ends the reading, so that what stands
 * behind it goes unmentioned; 2.6 names the first bad certificate of a crt-list only, and not its line if it does not load.
 *
 * @param folder - The folder that was checked; names of files become relative to it.
 * @param pid - Of the HAProxy that said it: a quotation may look like a message, but it cannot know that number. Default: any.
 */
export function parseCheckMessages(text: string, folder: string, isOurs: (path: string) => boolean, pid?: number): readonly CheckMessage[] {
  const ours = new OurFiles(folder, isOurs);
  const count = { alert: 0, warning: 0 };
  // A program that starts HAProxy for us has another number.
  const speaker = text.includes('(' + String(pid) + ')') ? pid : undefined;
  return sayings(text, speaker)
    .flatMap((saying) => messagesOf(saying, ours))
    .filter(({ severity }) => ++count[severity] <= maxMessages);
}

function sayings(text: string, pid: number | undefined): Saying[] {
  const found: Saying[] = [];
  let open: Saying | undefined;
  for (const line of text.split('\n')) {
    const match = header.exec(line);
    if (match !== null && (pid === undefined || Number(match[2]) === pid)) {
      open = { severity: match[1] === 'ALERT' ? 'alert' : 'warning', head: match[3] ?? '', below: [] };
      if (match[1] !== 'NOTICE') found.push(open);
    } else if (open !== undefined && /' : ?$/.test(open.head) && line.startsWith('  ')) {
      // From 3.0, where several certificates of a crt-list are bad. Any other line below repeats the configuration.
      open.below.push(line.trim());
    }
  }
  return found;
}

function messagesOf({ severity, head, below }: Saying, ours: OurFiles): CheckMessage[] {
  const bind = placeOf(head, ours);
  if (below.length === 0) return message(severity, head, crtListPlace(head, ours) ?? bind, ours);
  // The line that HAProxy names is that of the certificate that it tried last.
  const line = crtListPlace(below[0] ?? '', ours) ?? bind;
  const [tried] = ours.namedIn(below.at(-1) ?? '');
  const reasons = below.filter((each, index) => index === 0 || !echo.test(each));
  return reasons.flatMap((each) => message(severity, each, ours.namedIn(each).includes(tried ?? '') ? line : bind, ours));
}

function message(severity: CheckMessage['severity'], words: string, place: Place | undefined, ours: OurFiles): CheckMessage[] {
  // Addresses stand in brackets too, and stay.
  const said = words
    .replace(inCrtList, '')
    .replaceAll(location, (whole, parsing, path: string) => (parsing || ours.find(path) !== undefined ? '' : whole))
    .trim();
  if (noise.test(said) || /^\[[^\]]*main\(\)\]/.test(words)) return [];
  const mentions = ours.namedIn(said).filter((path) => path !== place?.file);
  return [{ severity, ...place, text: cleanWords(said, ours), ...(mentions.length > 0 && { mentions }) }];
}

/** The first place that is ours: a message can repeat what a user wrote, but not before it. */
function placeOf(words: string, ours: OurFiles): Place | undefined {
  for (const [, , path = '', line] of words.matchAll(location)) {
    const file = ours.find(path);
    if (file !== undefined) return { file, line: Number(line) };
  }
  return undefined;
}

/** Where in a crt-list; the bind line that names it comes from nobody. */
function crtListPlace(words: string, ours: OurFiles): Place | undefined {
  const [, line, path, otherPath, otherLine] = inCrtList.exec(words) ?? [];
  const file = ours.find(path ?? otherPath ?? '');
  return file === undefined ? undefined : { file, line: Number(line ?? otherLine) };
}
