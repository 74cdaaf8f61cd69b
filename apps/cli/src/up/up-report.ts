import { jsonLine } from '../output.ts';
import type { Io } from '../io.ts';

/** The parts that `up` starts, in this order. */
export type PartName = 'nats' | 'qdrant' | 'engine' | 'history' | 'worker' | 'vectorizer' | 'gateway';

/** Receives what happens while parts start, run and stop. */
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
  const emit = (event: string, fields: Readonly<Record<string, unknown>>): void =>
    out(jsonLine({ event, ...fields }));
  return {
    starting: (part, what) => emit('starting', { part, what }),
    started: (part, what) => emit('started', { part, what }),
    restarting: (part, reason, delayMs) => emit('restarting', { part, reason, delayMs }),
    absent: (part, reason) => emit('absent', { part, reason }),
    stopping: (part) => emit('stopping', { part }),
    stopped: (part, ms) => emit('stopped', { part, ms: Math.round(ms) }),
    line: (part, text) => emit('line', { part, text }),
    note: (text) => emit('note', { text }),
    ready: ({ url, cell, slots }) => emit('ready', { url, cell, slots }),
  };
};
