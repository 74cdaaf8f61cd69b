import type { PredictRequest } from '@precedent/contracts';
import { askedOf, inputFacts } from '@precedent/semantic';
import type { Asked } from '@precedent/semantic';

export interface SpecAsked extends Omit<PredictRequest, 'id' | 'namespace' | 'timeout'> {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** A task that is only thought of, as the index would hold it. */
export const specAsked = (namespace: string, asked: SpecAsked): Asked => {
  const { project = 'default', type = 'command', timeout = 0, memoryMb, ...input } = asked;
  return askedOf({
    id: '',
    namespace,
    project,
    type,
    band: 'normal',
    attempts: [],
    submittedAt: 0,
    // 0 is no limit.
    limits: {
      ...(timeout > 0 && { attemptTimeoutMs: timeout }),
      ...(memoryMb !== undefined && { memoryMb }),
    },
    ...inputFacts(input, ''),
  });
};
