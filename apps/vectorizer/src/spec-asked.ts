import type { PredictRequest } from '@precedent/contracts';
import { documentsOf, specHash } from '@precedent/semantic';
import type { TaskFacts } from '@precedent/semantic';

/** A task that is only thought of, as the index would hold it. */
export const specAsked = (
  namespace: string,
  { project = 'default', type = 'command', name, command, args }: Omit<PredictRequest, 'id' | 'namespace'>,
): { text: string; type: string; spec: string } => {
  const facts: TaskFacts = {
    id: 'asked',
    namespace,
    project,
    type,
    band: 'normal',
    attempts: [],
    submittedAt: 0,
    ...(name !== undefined && { name }),
    ...(command !== undefined && { command }),
    ...(args && { args }),
  };
  const [spec] = documentsOf(facts);
  return { text: spec?.text ?? type, type, spec: specHash(facts) };
};
