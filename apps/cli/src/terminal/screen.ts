import { withProgramName } from '../program-name.ts';
import { rendered } from './style.ts';
import { visible } from '@precedent/kernel';
import { wrapped } from './wrap.ts';

/** What a screen needs of a stream of the process. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
  write(text: string): unknown;
}

/** Where texts are written: a terminal, a pipe or a file. */
export interface Screen {
  readonly isTty: boolean;
  /** Columns of the terminal now; `Infinity` for a pipe or a file. */
  readonly columns: () => number;
  readonly rows: () => number;
  /** Calls when the terminal has another size; the returned function ends that. */
  readonly onResize: (listener: () => void) => () => void;
  /**
   * Writes a text of ours: nothing in it steers the terminal, its styles become colours where the terminal has them, and its lines
   * are broken between words where they are wider than the terminal. Commands in backticks are as they work here. A JSON document stays as it is.
   */
  readonly text: (text: string) => void;
  /** Writes what a task wrote: to a pipe or a file as it is, to a terminal with its control characters spelled out. */
  readonly output: (text: string) => void;
  /** Writes to a terminal what steers it. */
  readonly control: (sequence: string) => void;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Columns of a terminal that does not say how many it has. */
const COLUMNS = 80;
const ROWS = 24;
/** No text for people begins so. */
const JSON_START = /^[{["]/;

export const screenOf = (stream: ScreenStream, env: Env): Screen => {
  const isTty = stream.isTTY === true;
  const colours = hasColours(isTty, env);
  const columns = (): number => (isTty ? stream.columns || COLUMNS : Number.POSITIVE_INFINITY);
  const laidOut = (text: string): string =>
    JSON_START.test(text) ? text : wrapped(withProgramName(text, env), columns());
  return {
    isTty,
    columns,
    rows: () => stream.rows || ROWS,
    onResize: (listener) => {
      stream.on?.('resize', listener);
      return () => void stream.off?.('resize', listener);
    },
    text: (text) => void stream.write(rendered(laidOut(visible(text)), { colours })),
    output: (text) => void stream.write(isTty ? visible(text) : text),
    control: (sequence) => void stream.write(sequence),
  };
};

/** `FORCE_COLOR` says so for pipes as well, and wins, as in node; `NO_COLOR` and a dumb terminal have none. */
const hasColours = (isTty: boolean, env: Env): boolean => {
  const { FORCE_COLOR: forced, NO_COLOR: without, TERM: terminal } = env;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTty && (without === undefined || without === '') && terminal !== 'dumb';
};
