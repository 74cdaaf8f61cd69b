import type { Embedder, Executor, ExecutorContext, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { EmbedderSource } from '../embedder-source.ts';
import { invalidField } from '../refusal.ts';
import { taskObjects } from '../storage/task-objects.ts';
import type { TaskObjects } from '../storage/task-objects.ts';
import { centroid, cosine, rounded } from '../vectors/arithmetic.ts';
import { embedAll } from './embed-all.ts';

/** A checked `model.infer` payload. */
export type ModelCall =
  | { readonly operation: 'embed'; readonly texts: readonly string[]; readonly to?: string | undefined }
  | { readonly operation: 'similarity'; readonly text: string; readonly others: readonly string[] }
  | {
      readonly operation: 'classify';
      readonly texts: readonly string[];
      readonly classes: Readonly<Record<string, readonly string[]>>;
      readonly minScore: number;
    };

type Of<Operation extends ModelCall['operation']> = Extract<ModelCall, { operation: Operation }>;

export interface ModelOptions {
  readonly parse: Parse<ModelCall>;
  readonly embedder: EmbedderSource;
  readonly objects: ObjectStore;
}

interface Attempt {
  readonly embedder: Embedder;
  readonly objects: TaskObjects;
  readonly context: ExecutorContext;
}

/** What the embedding model tells. Rejects with INVALID_TASK, EMBEDDER_UNAVAILABLE, NATS_UNREACHABLE or a stop. */
export const modelExecutor = ({ parse, embedder, objects }: ModelOptions): Executor =>
  checked(parse, async (call, job, context) => {
    const attempt = { embedder: await embedder(), objects: taskObjects(objects, job), context };
    switch (call.operation) {
      case 'embed':
        return await embed(call, attempt);
      case 'similarity':
        return await compare(call, attempt);
      case 'classify':
        return await classify(call, attempt);
    }
  });

/** Vectors that a result has room for. */
const INLINE_MAX = 32;

const embed = async ({ texts, to }: Of<'embed'>, attempt: Attempt): Promise<unknown> => {
  const { embedder, objects, context } = attempt;
  if (to === undefined && texts.length > INLINE_MAX)
    throw invalidField(
      'to',
      `expected the name of an object for more than ${INLINE_MAX} texts; got ${texts.length}`,
    );
  const vectors = (await embedAll(texts, embedder, context)).map((vector) => [...vector].map(rounded));
  const { name: model, dimensions } = embedder.model;
  if (to === undefined) return { model, dimensions, vectors };
  const stored = await objects.put(to, JSON.stringify(vectors), 'application/json');
  return { model, dimensions, stored };
};

const compare = async ({ text, others }: Of<'similarity'>, attempt: Attempt): Promise<unknown> => {
  const [first = new Float32Array(), ...rest] = await embedAll(
    [text, ...others],
    attempt.embedder,
    attempt.context,
  );
  return { model: attempt.embedder.model.name, scores: rest.map((vector) => rounded(cosine(first, vector))) };
};

interface Classified {
  /** `null`: none is near enough. */
  readonly class: string | null;
  /** Cosine to the mean of its examples. */
  readonly score: number;
  /** By how much the next best class is behind. */
  readonly margin: number;
}

const classify = async (call: Of<'classify'>, { embedder, context }: Attempt): Promise<unknown> => {
  const names = Object.keys(call.classes);
  const examples = Object.values(call.classes);
  const vectors = await embedAll([...examples.flat(), ...call.texts], embedder, context);
  let at = 0;
  const means = examples.map(
    (some) => centroid(vectors.slice(at, (at += some.length))) ?? new Float32Array(),
  );
  const classes = vectors
    .slice(at)
    .map((vector) => classOf(vector, { names, means, minScore: call.minScore }));
  return { model: embedder.model.name, classes };
};

interface Prototypes {
  readonly names: readonly string[];
  readonly means: readonly Float32Array[];
  readonly minScore: number;
}

const classOf = (vector: Float32Array, { names, means, minScore }: Prototypes): Classified => {
  const ranked = means
    .map((mean, i) => ({ name: names[i] ?? '', score: cosine(vector, mean) }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = ranked;
  const score = best?.score ?? 0;
  const isNear = best !== undefined && score >= minScore;
  return {
    class: isNear ? best.name : null,
    score: rounded(score),
    margin: rounded(score - (second?.score ?? -1)),
  };
};
