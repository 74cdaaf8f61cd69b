import { ignoresHangup, onStopSignals } from '@precedent/processes';
import type { StopSteps } from '@precedent/processes';
import { OutputReaderWatch } from './reader-watch.ts';
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
  /** Writes the result of a command to stdout. */
  readonly out: (text: string) => void;
  /** To stderr: everything else. */
  readonly err: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Calls with every key that is pressed, Ctrl-C among them; the returned function ends that. */
  readonly onKeys: (listener: (key: string) => void) => () => void;
  /** Listens for Ctrl-C and its like, and for the end of those who read the output; the returned function stops listening. */
  readonly onStopSignals: (steps: StopSteps) => () => void;
}

/** The world of this process. */
export interface ProcessIo extends Io {
  /** What the process exits with when the command itself would exit with `code`. */
  readonly exitCode: (code: number) => number;
}

/** The real one. A reader that went away (`| head`) ends the program without a word. */
export const processIo = (env: Io['env']): ProcessIo => {
  const ignores = ignoresHangup(process.env);
  if (ignores) process.on('SIGHUP', () => undefined);
  const readers = new OutputReaderWatch({
    outputs: [
      { fd: 1, stream: process.stdout },
      { fd: 2, stream: process.stderr },
    ],
    ignoresHangup: ignores,
    exit: (code) => process.exit(code),
  });
  const stdout = screenOf(process.stdout, process.env);
  const stderr = screenOf(process.stderr, process.env);
  return {
    env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout,
    stderr,
    out: stdout.text,
    err: stderr.text,
    now: Date.now,
    onKeys,
    exitCode: (code) => readers.exitCode(code),
    onStopSignals: (steps) => {
      const once = stopsOnce(steps);
      const ends = [onStopSignals(once), readers.onLost(once)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
};

const onKeys: Io['onKeys'] = (listener) => {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  const listen = (keys: Buffer): void => listener(keys.toString());
  stdin.setRawMode(true);
  stdin.on('data', listen);
  return () => {
    stdin.off('data', listen);
    stdin.setRawMode(false);
    stdin.pause();
  };
};

/** Ctrl-C often ends the reader of a pipe at the same time: that is one stop, not two. */
const stopsOnce = ({ stop, force }: StopSteps): StopSteps => {
  let isStopping = false;
  return {
    stop: (signal) => {
      if (!isStopping) stop(signal);
      isStopping = true;
    },
    force,
  };
};

/** What texts on stdout are written for. */
export const pageOf = ({ now, stdout }: Pick<Io, 'now' | 'stdout'>): Page => ({
  now: now(),
  columns: stdout.columns(),
});
