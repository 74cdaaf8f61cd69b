import { onStopSignals } from '@precedent/processes';
import type { StopSteps } from '@precedent/processes';
import { screenOf } from './terminal/screen.ts';
import type { Screen } from './terminal/screen.ts';
import type { Page } from './terminal/table.ts';

/** The world of a command line: what a test replaces. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Buffer | string>;
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** To stdout: what was asked for. */
  readonly out: (text: string) => void;
  /** To stderr: everything else. */
  readonly err: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Listens for Ctrl-C and its like; the returned function stops listening. */
  readonly onStopSignals: (steps: StopSteps) => () => void;
}

/** The real one. A reader of stdout that went away (`| head`) ends the program without a word. */
export const processIo = (): Io => {
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const stdout = screenOf(process.stdout, process.env);
  const stderr = screenOf(process.stderr, process.env);
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout,
    stderr,
    out: stdout.text,
    err: stderr.text,
    now: Date.now,
    onStopSignals,
  };
};

/** What texts on stdout are written for. */
export const pageOf = ({ now, stdout }: Pick<Io, 'now' | 'stdout'>): Page => ({
  now: now(),
  columns: stdout.columns(),
});
