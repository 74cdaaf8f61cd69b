import type { ChildProcess } from 'node:child_process';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that the process wrote, oldest first. */
  readonly lines: readonly string[];
}

/** How long to wait for the last lines: an orphaned process of the child may hold its output open for ever. Milliseconds. */
const OUTPUT_LIMIT_MS = 250;

/** Resolves when the child has ended and its output is read; also when it could not be started. */
export const exitOf = (child: ChildProcess, lines: () => readonly string[]): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, lines: lines() }));
    child.once('exit', (code, signal) =>
      setTimeout(() => resolve({ code, signal, lines: lines() }), OUTPUT_LIMIT_MS).unref(),
    );
    child.once('error', (error) => resolve({ code: null, signal: null, lines: [...lines(), error.message] }));
  });

/** `exit code 3` or `signal SIGKILL`, with the last line where there is one. */
export const exitText = ({ code, signal, lines }: Exit): string => {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
  const last = lines.at(-1);
  return last === undefined ? how : `${how}: ${last}`;
};
