import type { LeaseStepMessage } from '@precedent/contracts';
import { createHash } from 'node:crypto';
import type { Assignment } from '@precedent/contract-types';

type Step = LeaseStepMessage['step'];
type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** The step as the kind that the test expects; anything else fails the test. */
export const stepOf = <K extends Step['kind']>({ step }: LeaseStepMessage, kind: K): Of<K> => {
  if (step.kind === kind) return step as Of<K>;
  throw new Error(`expected a step of kind ${kind}, got ${JSON.stringify(step)}`);
};

/** Computed without the SDK. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

type Checkpoint = NonNullable<NonNullable<Assignment['resume']>['checkpoint']>;

/** What an engine hands over after a checkpoint with this state; `state` has its keys in order. */
export const aCheckpoint = (state: unknown, over: Partial<Checkpoint> = {}): Checkpoint => {
  const text = JSON.stringify(state);
  return {
    epoch: 1,
    seq: 4,
    hash: sha256Of(text),
    version: '1',
    bytes: Buffer.byteLength(text),
    state: state as NonNullable<Checkpoint['state']>,
    ...over,
  };
};

export const aResume = (over: Partial<NonNullable<Assignment['resume']>> = {}) => ({
  resume: { undo: [], segments: 1, ...over },
});
