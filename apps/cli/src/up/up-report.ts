import { formatDuration } from '@precedent/kernel';
import { jsonLine } from '../output.ts';
import type { Io } from '../io.ts';

/** The parts that `up` starts, in this order. */
export type PartName = 'nats' | 'qdrant' | 'engine' | 'history' | 'worker' | 'vectorizer';

/** What there is to tell while parts start, run and stop. */
export interface UpReport {
  readonly starting: (part: PartName, what?: string) => void;
  readonly started: (part: PartName, what: string) => void;
  readonly restarting: (part: PartName, reason: string, delayMs: number) => void;
  /** It could not be started, and the others go on without it. */
  readonly absent: (part: PartName, reason: string) => void;
  readonly stopping: (part: PartName) => void;
  readonly stopped: (part: PartName, ms: number) => void;
  /** A line that a part wrote. */
  readonly line: (part: PartName, text: string) => void;
  readonly note: (text: string) => void;
  readonly ready: (facts: ReadyFacts) => void;
}

export interface ReadyFacts {
  readonly url: string;
  readonly cell: string;
  /** Of the built-in worker; 0 without one. */
  readonly slots: number;
  /** Flags that other commands need to find this engine. */
  readonly flags: string;
}

const PART_WIDTH = 10;
/** What there is not without these parts. */
const WITHOUT: Partial<Record<PartName, string>> = { qdrant: 'Qdrant', vectorizer: 'semantic history' };

/** For people: everything on stderr but the line that says that it is ready. */
export const textReport = ({ out, err }: Pick<Io, 'out' | 'err'>): UpReport => {
  const tell = (part: PartName, text: string): void => err(`${part.padEnd(PART_WIDTH)}  ${text}\n`);
  return {
    starting: (part, what) => tell(part, what === undefined ? 'starting' : `starting: ${what}`),
    started: (part, what) => tell(part, what),
    restarting: (part, reason, delayMs) =>
      tell(part, `ended with ${reason}; starting it again in ${formatDuration(delayMs)}`),
    absent: (part, reason) => err(`no ${WITHOUT[part] ?? part}: ${reason}\n`),
    stopping: (part) => tell(part, 'stopping'),
    stopped: (part, ms) => tell(part, `stopped (${formatDuration(ms)})`),
    line: (part, text) => err(`${part.padEnd(PART_WIDTH)}| ${text}\n`),
    note: (text) => err(`${text}\n`),
    ready: (facts) => out(readyText(facts)),
  };
};

const readyText = ({ url, cell, slots, flags }: ReadyFacts): string => {
  const size = slots === 0 ? 'no built-in worker' : `${slots} ${slots === 1 ? 'slot' : 'slots'}`;
  return [
    `ready: ${url}, cell ${cell}, ${size}`,
    `  submit  precedent submit${flags} -- echo hello`,
    `  run     precedent run${flags} -- echo hello`,
    `  look    precedent status${flags}`,
    '  stop    Ctrl-C',
    '',
  ].join('\n');
};

/** For programs: one JSON object a line on stdout. */
export const jsonReport = ({ out }: Pick<Io, 'out'>): UpReport => {
  const tell = (event: string, fields: Readonly<Record<string, unknown>>): void =>
    out(jsonLine({ event, ...fields }));
  return {
    starting: (part, what) => tell('starting', { part, what }),
    started: (part, what) => tell('started', { part, what }),
    restarting: (part, reason, delayMs) => tell('restarting', { part, reason, delayMs }),
    absent: (part, reason) => tell('absent', { part, reason }),
    stopping: (part) => tell('stopping', { part }),
    stopped: (part, ms) => tell('stopped', { part, ms: Math.round(ms) }),
    line: (part, text) => tell('line', { part, text }),
    note: (text) => tell('note', { text }),
    ready: ({ url, cell, slots }) => tell('ready', { url, cell, slots }),
  };
};
