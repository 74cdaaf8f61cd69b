import type { PredictRequest } from '@precedent/contracts';
import { askedOf, shapeOf } from '@precedent/semantic';
import type { Asked } from '@precedent/semantic';

export interface SpecAsked extends Omit<PredictRequest, 'id' | 'namespace' | 'timeout'> {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/** A task that is only thought of, as the index would hold it. */
export const specAsked = (
  namespace: string,
  { project = 'default', type = 'command', name, command, args, payload, timeout }: SpecAsked,
): Asked =>
  askedOf({
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
    ...(payload !== undefined && { payloadShape: shapeOf(payload) }),
    ...(timeout !== undefined && timeout > 0 && { limits: { attemptTimeoutMs: timeout } }),
  });
