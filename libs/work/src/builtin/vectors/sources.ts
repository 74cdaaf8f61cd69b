import type { ExecutorContext } from '@precedent/ports';
import { CallFailure } from '../../thread/call-failure.ts';
import type { Threads } from '../../thread/threads.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { invalidField } from '../refusal.ts';
import type { TaskObjects } from '../storage/task-objects.ts';
import type { ThreadCalls } from '../thread-calls.ts';
import { flatOf } from './flat-vectors.ts';
import type { FlatVectors } from './flat-vectors.ts';

/** Where a payload's vectors come from: one of the three. */
export interface VectorSource {
  readonly vectors?: readonly (readonly number[])[] | undefined;
  readonly texts?: readonly string[] | undefined;
  readonly object?: string | undefined;
}

export interface VectorSourceParts {
  readonly objects: TaskObjects;
  readonly embedder: EmbedderSource;
  readonly threads: Threads<ThreadCalls>;
  readonly context: ExecutorContext;
}

/** The vectors of a payload, all of one length. Throws INVALID_TASK. */
export const sourceVectors = async (
  { vectors, texts, object }: VectorSource,
  parts: VectorSourceParts,
): Promise<FlatVectors> => {
  const given = [vectors, texts, object].filter((source) => source !== undefined);
  if (given.length !== 1)
    throw invalidField('vectors', `expected one of vectors, texts and object; got ${given.length} of them`);
  if (texts !== undefined) return flatOf(await (await parts.embedder()).embed(texts), 'texts');
  return vectors === undefined ? await storedVectors(object ?? '', parts) : flatOf(vectors);
};

/** Milliseconds that a thread may take to read an object. */
const READ_MS = 30_000;

const storedVectors = async (
  name: string,
  { objects, threads, context }: VectorSourceParts,
): Promise<FlatVectors> => {
  const bytes = await objects.get(name);
  if (bytes === undefined) throw invalidField('object', `there is no object ${name}`);
  try {
    return await threads.run('vectors', { bytes, name }, { context, limitMs: READ_MS });
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw invalidField(
      'object',
      `expected a JSON list of vectors; ${name} could not be read: ${error.message}`,
    );
  }
};
