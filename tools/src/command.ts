import { spawn } from 'node:child_process';
import path from 'node:path';

/** The root of the repository. */
export const ROOT = path.join(import.meta.dirname, '../..');

/** What a step has to say: whether it passed, and what a person needs to see if it did not. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  /** A few words for the line of a step that passed. */
  readonly note?: string;
}

/** Runs a program of the lockfile at the root and gathers what it prints. Aborting ends it. */
export const command =
  (program: string, ...args: readonly string[]) =>
  (signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve) => {
      const bin = path.join(ROOT, 'node_modules/.bin');
      const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
      const child = spawn(program, args, { cwd: ROOT, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
      const chunks: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      }
      child.on('error', (error) => resolve({ ok: false, output: `${program}: ${error.message}` }));
      child.on('close', (code) => resolve({ ok: code === 0, output: chunks.join('') }));
    });

/** A check that lists problems, as a step: none found means it passed. */
export const check =
  (problems: () => readonly string[] | Promise<readonly string[]>) => async (): Promise<Outcome> => {
    const found = await problems();
    return { ok: found.length === 0, output: found.join('\n') };
  };
