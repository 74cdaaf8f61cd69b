import { onStopSignals } from '@precedent/processes';
import type { StopSteps } from '@precedent/processes';

/** The world of a command line: what a test replaces. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Buffer | string>;
  /** To stdout: what was asked for. */
  readonly out: (text: string) => void;
  /** To stderr: everything else. */
  readonly err: (text: string) => void;
  /** Whether a person looks at stderr, so that a progress bar makes sense. */
  readonly isTty: boolean;
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
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTty: process.stderr.isTTY,
    now: Date.now,
    onStopSignals,
  };
};
