import { cutText, trimEndOf } from '@precedent/kernel';
import { withoutEscapes } from '../fingerprint/scrub.ts';
import { structuredOf } from './structured.ts';

export type Severity = 'error' | 'warning' | 'info';

/** A line of an output. */
export interface OutputLine {
  /** As printed, without escape sequences and without what a carriage return has overwritten. */
  readonly raw: string;
  /** Without the time, level, source and frame that loggers, CI systems and package managers put before a message. */
  readonly message: string;
  /** What its logger or CI system says of it; `undefined` when nothing does. */
  readonly level: Severity | undefined;
}

/** `ERR!`, `SEVERE`, `Warning`, `debug`: the level that a logger's word means. */
export const severityOf = (word: string | undefined): Severity | undefined => {
  if (word === undefined || word === '') return undefined;
  if (/^(?:err|e$|fatal|f$|crit|sev|panic|alert|emerg)/i.test(word)) return 'error';
  return /^w/i.test(word) ? 'warning' : 'info';
};

const LEVEL =
  'ERR(?:OR|O|!)?|FATAL|CRIT(?:ICAL)?|ALERT|EMERG|SEVERE|PANIC|WARN(?:ING)?|INFO|NOTICE|DEBUG|DBG|TRACE|VERBOSE|FINE|LOG|E|W|I|D|F';
const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2})?(?:[.,]\\d{1,9})?';
const DATE = '\\d{4}[-/.]\\d{2}[-/.]\\d{2}|\\d{2}[-/.]\\d{2}(?:[-/.]\\d{2,4})?';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';

/** What stands before a message. The first group, if there is one, is the level. Removed again and again until none is found. */
const PREFIXES: readonly RegExp[] = [
  // `2026-09-14T09:03:17.447Z `, `[2026-09-14, 00:41:10 UTC] `, `26/08/12 03:58:02 `
  new RegExp(
    `^[[(]?(?:${DATE})[T ,_]{1,3}${CLOCK}(?:\\s?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}|[A-Z]{3,4}(?= \\[)))?[\\])]?(?:[:,|]|\\s-)?\\s*`,
  ),
  // `[14:05:21] `
  new RegExp(`^(?:\\[${CLOCK}\\]|${CLOCK}(?=\\s))\\s*`),
  // `Oct 23 02:39:03 media-3 transcoder[40118]: `
  new RegExp(
    `^(?:[A-Z][a-z]{2} )?${MONTH}\\s{1,2}\\d{1,2} ${CLOCK}(?: \\d{4})?\\s(?:\\S{1,80} [\\w./@-]{1,80}(?:\\[\\d+\\])?: )?`,
  ),
  // `I0804 02:14:02.118 41231 run.py:774] `
  /^\[?([IWEFD])\d{4}[ T][\d:.]{8,20}\s+(?:\d+\s+)?[\w./@-]{1,120}:\d+\]\s*/,
  // `(EngineCore pid=4711) `, `4410 --- [main] o.h.SqlExceptionHelper : `
  /^\([^()\n]{0,60}\bpid=\d+[^()\n]{0,60}\)\s*|^\d+ --- (?:\[[^\]\n]{1,60}\]\s*){1,2}[\w.$/[\]-]{1,80}\s*:\s/,
  // Of Kotlin: `w: file://…`
  /^([ew]): (?=file:)/,
  // `[  12.345678] `, `#12 0.345 `, `#12 `
  /^\[\s*\d+\.\d{3,}\]\s+|^#\d+ (?:\d+\.\d+ )?|^\d{1,4}\.\d{2,3}\s+(?=\p{L})/u,
  // `##[error]`, `section_start:1560896352:build`, `::error file=a.ts,line=3::`
  /^##\[(error|warning|notice|debug|command|section|group|endgroup)\]/,
  /^section_(?:start|end):\d+:\S*/,
  /^::(error|warning|notice|debug|group|endgroup)(?: [^:\n]{0,300})?::/,
  // `npm ERR! code `, `npm error `
  /^(?:npm|pnpm|yarn) (ERR!|error|warn|WARN|notice)(?:\s(?:code|path|errno|syscall)(?=\s))?(?:\s+|$)/,
  // `[ERROR] `, `ERROR: `, `E: `, `level=error `, `WARN[0000] `
  new RegExp(`^\\[(${LEVEL})\\]:?\\s*`, 'i'),
  new RegExp(`^(?:level=)?(${LEVEL})(?:\\[\\d{4}\\]|\\s+-|:)?(?:\\s+|$)`),
  // `[rank2]: `, `[pod/checkout-1] `, `[o.o.c.DiskMonitor] `, `{runner.py:610} `
  /^\[[\w./@:#*$-]{1,60}(?: [\w./-]{1,20})?\]:?\s*(?=\S)|^\{[\w./-]{1,60}:\d+\}\s*/,
  // `web-1  | `, `│ `, `> `, `E   `, `! `, `*** `
  /^[\w.-]{1,40}\s{1,12}\|\s|^[│┃|>!➜✘✗✖×•●╷╵└├─*-]{1,4}\s+|^E\s{2,}(?=\S)/,
];
const PREFIXES_MAX = 8;

/** Longer lines are cut. */
const LINE_CHARS = 600;
const STRUCTURED_CHARS = 4 * 1024;

/** The lines of an output that are not empty, in their order. */
export const outputLinesOf = (output: string): readonly OutputLine[] =>
  withoutEscapes(output)
    .split('\n')
    .flatMap((line) => {
      const raw = shownOf(line);
      return raw.trim() === '' ? [] : [logLineOf(raw)];
    });

/** What a terminal shows of a line: each carriage return begins it again. */
const shownOf = (line: string): string => {
  const parts = trimEndOf(line, '\r ').split('\r');
  return (parts.findLast((part) => part.trim() !== '') ?? '').trimEnd();
};

const logLineOf = (whole: string): OutputLine => {
  let [message, level] = [cutText(whole.trim(), STRUCTURED_CHARS), undefined as Severity | undefined];
  for (let n = 0; n < PREFIXES_MAX; n++) {
    const found = prefixOf(message);
    if (found === undefined) break;
    level ??= found.level;
    message = message.slice(found.length).trimStart();
  }
  const structured = structuredOf(message);
  return {
    raw: cutText(whole, LINE_CHARS),
    level: level ?? severityOf(structured?.level),
    message: cutText(structured?.message ?? message, LINE_CHARS),
  };
};

const prefixOf = (
  text: string,
): { readonly length: number; readonly level: Severity | undefined } | undefined => {
  for (const prefix of PREFIXES) {
    const match = prefix.exec(text);
    if (match && match[0] !== '') return { length: match[0].length, level: severityOf(match[1]) };
  }
  return undefined;
};
