import { LIMITS } from '@precedent/contracts';
import type { TaskSpec } from '@precedent/contracts';
import { AppError, ORIGINS, cutGraphemes, defaultBand, exceedsBytes, isBand } from '@precedent/kernel';
import type { Band, Origin } from '@precedent/kernel';
import { toJsonText } from './json.ts';

/** A task ready to be sent: written as JSON once, however often it is sent. */
export interface EncodedTask {
  /** Its place among the tasks of one call. */
  readonly index: number;
  readonly id: string;
  readonly band: Band;
  /** The task as JSON, with its id in it. */
  readonly text: string;
}

export interface EncodeOptions {
  readonly index: number;
  /** Used when the task has none, so that sending it twice makes one task. */
  readonly newId: () => string;
  /** The largest message that the server takes. */
  readonly maxPayload: number;
}

/**
 * Checks only what gets lost on the way: the engine checks the rest, and it alone knows its limits. Throws INVALID_TASK
 * for what JSON cannot hold, PAYLOAD_TOO_LARGE for more bytes than may be sent.
 */
export const encodeTask = (spec: TaskSpec, { index, newId, maxPayload }: EncodeOptions): EncodedTask => {
  const written = taskJson(spec);
  const id = spec.id ?? newId();
  const text = spec.id === undefined ? withId(written, id) : written;
  checkSize(spec, text, Math.min(LIMITS.taskBytes, maxPayload));
  return { index, id, band: bandOfSpec(spec), text };
};

/** Throws INVALID_TASK for what is no object, and for what JSON cannot hold. */
export const taskJson = (spec: TaskSpec): string => {
  // A payload is one level further in than its task.
  const text = toJsonText(spec, 'task', { code: 'INVALID_TASK', depthMax: LIMITS.depth + 1 });
  if (text?.startsWith('{')) return text;
  throw new AppError('INVALID_TASK', `a task is an object; got ${cutGraphemes(text ?? typeof spec, 100)}`);
};

const withId = (text: string, id: string): string =>
  text === '{}' ? `{"id":"${id}"}` : `{"id":"${id}",${text.slice(1)}`;

const checkSize = (spec: TaskSpec, text: string, limit: number): void => {
  if (exceedsBytes(text, limit)) {
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `the task has more than ${limit} bytes as JSON (${text.length} characters)`,
    );
  }
  if (text.length * 3 <= LIMITS.payloadBytes) return;
  const payload = JSON.stringify(spec.payload) ?? '';
  if (!exceedsBytes(payload, LIMITS.payloadBytes)) return;
  const message = `the payload has more than ${LIMITS.payloadBytes} bytes as JSON (${payload.length} characters)`;
  throw new AppError('PAYLOAD_TOO_LARGE', message);
};

/** A band or origin that does not exist goes where most tasks do: the refusal of the engine says what is wrong with it. */
export const bandOfSpec = ({ band, origin }: TaskSpec): Band => {
  if (isBand(band)) return band;
  const known = ORIGINS.find((candidate: Origin) => candidate === origin);
  return defaultBand(known ?? 'api');
};
