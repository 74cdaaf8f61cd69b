import type { SubmitterParams, SubmitterResult } from './programs/submitter.ts';
import type { Program } from './program-process.ts';
import { TASKS } from './tasks.ts';
import type { World } from './world.ts';

export type SubmitterOptions = Partial<Omit<SubmitterParams, 'url'>> & { readonly count: number };

const DEFAULTS = {
  band: 'normal',
  type: TASKS.noop,
  holdMs: 0,
  padBytes: 0,
  named: false,
  chunk: 256,
  window: 8,
} as const;

/** A process that starts to submit at a signal. */
export const submitter = (
  world: Pick<World, 'program'>,
  options: SubmitterOptions,
): Promise<Program<SubmitterResult>> =>
  world.program<SubmitterResult>('submitter', { ...DEFAULTS, ...options });

/** What it did, provided that every task was accepted. */
export const allAccepted = async (
  program: Program<SubmitterResult>,
  count: number,
): Promise<SubmitterResult> => {
  const result = await program.result;
  if (result.accepted === count) return result;
  throw new Error(`${result.accepted} of ${count} tasks were accepted; ${result.refusal ?? 'no refusal'}`);
};

/** Submits from a process of its own, and resolves when all is accepted. */
export const submitAll = async (
  world: Pick<World, 'program'>,
  options: SubmitterOptions,
): Promise<SubmitterResult> => {
  const program = await submitter(world, options);
  program.go();
  return allAccepted(program, options.count);
};
