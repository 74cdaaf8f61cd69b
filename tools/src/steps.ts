import type { Outcome } from './command.ts';

export interface Step {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<Outcome>;
}

type Print = (line: string) => void;

/**
 * Runs the steps side by side and reports them in their order, one line each. The first that failed, in that order,
 * ends the run: its output is printed, the others are ended, and the answer is false.
 */
export const runSteps = async (steps: readonly Step[], print: Print): Promise<boolean> => {
  const abort = new AbortController();
  const runs = steps.map((step) => timed(step, abort.signal));
  try {
    for (const run of runs) if (!report(await run, print)) return false;
    return true;
  } finally {
    abort.abort();
  }
};

interface Timed extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

const timed = async ({ name, run }: Step, signal: AbortSignal): Promise<Timed> => {
  const startedAt = performance.now();
  const outcome = await run(signal).catch((error: unknown) => ({ ok: false, output: textOf(error) }));
  return { ...outcome, name, seconds: (performance.now() - startedAt) / 1000 };
};

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const report = ({ name, ok, seconds, note, output }: Timed, print: Print): boolean => {
  print(`${ok ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)}s  ${note ?? ''}`.trimEnd());
  if (!ok) print(output.trimEnd());
  return ok;
};
