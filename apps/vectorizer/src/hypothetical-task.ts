import type { PredictRequest } from '@precedent/contracts';
import { querySubjectOf, inputFacts } from '@precedent/semantic';
import type { Subject } from '@precedent/semantic';

export interface HypotheticalTask extends Omit<PredictRequest, 'id' | 'namespace' | 'timeout'> {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** The subject that a hypothetical task is, as the index would hold it. */
export const hypotheticalSubject = (namespace: string, asked: HypotheticalTask): Subject => {
  const { project = 'default', type = 'command', timeout = 0, memoryMb, ...input } = asked;
  return querySubjectOf({
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
