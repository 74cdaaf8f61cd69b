import type { ApprovalDecision } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import { Items } from './items.ts';
import type { StoredItems } from './items.ts';
import type { StepVerdict } from './run-facts.ts';

/** What is known of a step. Only the fold of the facts writes to it. */
export class StepState {
  state: 'waiting' | 'open' | StepVerdict = 'waiting';
  /** Of a skipped one. */
  cause: 'condition' | 'dependency' | undefined;
  /** Kept as far as something reads it. */
  result: unknown;
  error: Problem | undefined;
  /** How many of the run had ended before. */
  order: number | undefined;
  openedAt: EpochMs | undefined;
  endedAt: EpochMs | undefined;
  /** When it ends, or goes on, by itself. */
  dueAt: EpochMs | undefined;
  /** Rounds of a repeated step that have started. */
  round = 0;
  /** Tasks of it that were started, and those that have no verdict. */
  started = 0;
  open = 0;
  items: Items | undefined;
  decisions: readonly ApprovalDecision[] = [];
  /** What compensates it: not begun, open, done, or failed. */
  compensation: 'open' | 'done' | 'failed' | undefined;
  /** It was taken over from another run. */
  isReused = false;

  get hasEnded(): boolean {
    return this.state !== 'waiting' && this.state !== 'open';
  }

  toJSON(): StoredStep {
    const { items, ...plain } = Object.fromEntries(Object.entries(this)) as Omit<StoredStep, 'items'> &
      Pick<StepState, 'items'>;
    return { ...plain, ...(items && { items: items.toJSON() }) };
  }

  static restored({ items, ...plain }: StoredStep): StepState {
    const step = Object.assign(new StepState(), plain);
    step.items = items && Items.restored(items);
    return step;
  }
}

export type StoredStep = Omit<Partial<StepState>, 'items' | 'hasEnded' | 'toJSON'> & {
  readonly items?: StoredItems | undefined;
};
