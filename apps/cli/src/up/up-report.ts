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
