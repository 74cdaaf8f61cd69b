import type { PredictRequest } from '@precedent/contracts';
import { askedIn, documentsOf, inputFacts } from '@precedent/semantic';
import type { Asked, TaskFacts } from '@precedent/semantic';

export type Thought = Omit<PredictRequest, 'id' | 'namespace' | 'attemptTimeout'> & {
  /** Milliseconds. */
  readonly attemptTimeout?: number | undefined;
};

/** A task that is only thought of, as the index would hold it. */
export const specAsked = (namespace: string, thought: Thought): Asked => {
  const { project = 'default', type = 'command', attemptTimeout, memoryMb, ...input } = thought;
  const facts: TaskFacts = {
    id: '',
    namespace,
    project,
    type,
    band: 'normal',
    attempts: [],
    submittedAt: 0,
    limits: {
      ...(attemptTimeout !== undefined && { attemptTimeoutMs: attemptTimeout }),
      ...(memoryMb !== undefined && { memoryMb }),
    },
    ...inputFacts(input, ''),
  };
  const [spec] = documentsOf(facts);
  return askedIn(spec?.payload ?? { namespace, at: 0, text: type });
};
