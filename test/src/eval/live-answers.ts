import type { SearchHitView } from '@precedent/contracts';
import { uuid5 } from '@precedent/semantic';
import type { OutputQuery } from './labelled-outputs.ts';
import type { RankedAnswer } from './live-scores.ts';

/** What the docs of a set have become in a product. */
export interface SubmittedDocs {
  /** By the id of the task that ran it. The run of a resolution is its evidence. */
  readonly docOfTask: ReadonlyMap<string, string>;
  /** By the id of the recorded resolution. */
  readonly docOfResolution: ReadonlyMap<string, string>;
}

/** The doc that a hit stands for; `undefined` for what is none of the set. */
export const docOfHit = (
  { docOfTask, docOfResolution }: SubmittedDocs,
  { id, kind, task }: Pick<SearchHitView, 'id' | 'kind' | 'task'>,
): string | undefined =>
  kind === 'resolution' ? docOfResolution.get(id) : task === undefined ? undefined : docOfTask.get(task);

interface Answer {
  /** The docs of the hits, the best first. */
  readonly docs: readonly (string | undefined)[];
  readonly first?: string;
}

/** Every hit has a rank of its own, also when several are of one task: a person reads all of them. */
export const rankedAnswer = (
  { id, kind, text, relevant }: OutputQuery,
  { docs, first = docs[0] ?? '' }: Answer,
): RankedAnswer => {
  const at = docs.findIndex((doc) => doc !== undefined && relevant.includes(doc));
  return { query: id, kind, text, hits: docs.length, first, ...(at >= 0 && { rank: at + 1 }) };
};

const NAMESPACE = 'default';
/** What `seen` names as similar are points of these kinds, of the only attempt. */
const POINT_KINDS = ['attempt', 'failure'] as const;

/** The docs of the points that an answer to `seen` may name. */
export const docsOfPoints = (docOfTask: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    [...docOfTask].flatMap(([task, doc]) =>
      POINT_KINDS.map((kind) => [uuid5(kind, NAMESPACE, task, 1, 0), doc] as const),
    ),
  );
