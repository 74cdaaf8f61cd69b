import { countText, formatDuration, formatIn } from '@precedent/kernel';
import type { Io } from '../io.ts';
import { programName } from '../program-name.ts';
import { styled } from '../terminal/style.ts';
import { visibleLine } from '../terminal/visible.ts';
import { wrapped } from '../terminal/wrap.ts';
import type { PartName, ReadyFacts, UpReport } from './up-report.ts';

const PART_WIDTH = 10;
const TIME_WIDTH = 6;
/** After this time the progress of a starting part is shown. Milliseconds. */
const LONG_START_MS = 5_000;
/** Before all parts are ready, only lines that match are shown at once. */
const TROUBLE = /\b(warn\w*|errors?|fail\w*|cannot|could not|refused|denied|without|no model|by words)\b/i;

/** What is missing without these parts. */
const WITHOUT: Partial<Record<PartName, string>> = { qdrant: 'Qdrant', vectorizer: 'semantic history' };

type Output = Pick<Io, 'out' | 'err' | 'now' | 'stderr' | 'env'>;

/** For people: on stderr one line for each part that starts, with the time that it took; on stdout that all is ready. */
export const textReport = (
  io: Output,
  { verbose = false }: { readonly verbose?: boolean } = {},
): UpReport => {
  const { out, err, now } = io;
  const starts = new Starts(now);
  const print = (part: PartName, text: string): void => err(`${part.padEnd(PART_WIDTH)}  ${text}\n`);
  const started = (part: PartName, what: string): void => {
    const { ms, facts } = starts.end(part);
    const columns = [
      part.padEnd(PART_WIDTH),
      formatDuration(ms).padEnd(TIME_WIDTH),
      [what, ...facts].join(', '),
    ];
    // Nothing is cut: the addresses of the gateway are wider than a terminal.
    err(`${wrapped(visibleLine(columns.join('  ')), io.stderr.columns())}\n`);
  };
  const line = (part: PartName, text: string): void => {
    if (verbose || starts.isReady || TROUBLE.test(text)) err(`${part.padEnd(PART_WIDTH)}| ${text}\n`);
    else starts.keep(part, text);
  };
  const printHeld = (part: PartName): void => {
    for (const text of starts.takeLines(part)) err(`${part.padEnd(PART_WIDTH)}| ${text}\n`);
  };
  return {
    starting: (part, what) => {
      if (starts.begin(part, what) > LONG_START_MS || verbose)
        print(part, what === undefined ? 'starting' : `starting: ${what}`);
    },
    started,
    restarting: (part, reason, delayMs) => {
      starts.again(part, delayMs);
      print(part, styled(`ended with ${reason}; starts again ${formatIn(delayMs)}`, 'waiting'));
    },
    absent: (part, reason) => {
      printHeld(part);
      err(`${styled(`no ${WITHOUT[part] ?? part}: ${reason}`, 'waiting')}\n`);
    },
    stopping: (part) => {
      printHeld(part);
      print(part, 'stopping');
    },
    stopped: (part, ms) => print(part, `stopped (${formatDuration(ms)})`),
    line,
    note: (text) => err(`${text}\n`),
    ready: (facts) => out(readyText(facts, starts.ready(), programName(io.env))),
  };
};

const readyText = ({ url, cell, slots, flags }: ReadyFacts, ms: number, program: string): string => {
  const size = slots === 0 ? 'no built-in worker' : countText(slots, 'slot');
  return [
    `${styled(`ready in ${formatDuration(ms)}`, 'good')}: ${url}, cell ${cell}, ${size}`,
    `  run     ${program} run${flags} -- echo hello`,
    `  submit  ${program} submit${flags} -- echo hello`,
    `  look    ${program} top${flags}`,
    '  stop    Ctrl-C',
    '',
  ].join('\n');
};

interface Start {
  readonly at: number;
  /** Its description from the beginning of the start. */
  readonly facts: readonly string[];
  readonly lines: string[];
}

/** The parts that are starting: since when, with which description, and their output until now. */
class Starts {
  readonly #now: () => number;
  readonly #begun: number;
  readonly #parts = new Map<PartName, Start>();
  isReady = false;

  constructor(now: () => number) {
    this.#now = now;
    this.#begun = now();
  }

  /** Returns the milliseconds since it began to start. */
  begin(part: PartName, what: string | undefined): number {
    const start = this.#parts.get(part);
    if (start) return this.#now() - start.at;
    this.#parts.set(part, { at: this.#now(), facts: what === undefined ? [] : [what], lines: [] });
    return 0;
  }

  /** The part starts again after a delay. */
  again(part: PartName, delayMs: number): void {
    this.#parts.set(part, { at: this.#now() + delayMs, facts: [], lines: [] });
  }

  end(part: PartName): { readonly ms: number; readonly facts: readonly string[] } {
    const { at, facts } = this.#parts.get(part) ?? { at: this.#now(), facts: [] };
    this.#parts.delete(part);
    return { ms: Math.max(0, this.#now() - at), facts };
  }

  keep(part: PartName, text: string): void {
    this.#parts.get(part)?.lines.push(text);
  }

  /** Takes the lines of a part that did not become ready. */
  takeLines(part: PartName): readonly string[] {
    return this.#parts.get(part)?.lines.splice(0) ?? [];
  }

  /** Returns the milliseconds until all were ready. */
  ready(): number {
    this.isReady = true;
    return this.#now() - this.#begun;
  }
}
