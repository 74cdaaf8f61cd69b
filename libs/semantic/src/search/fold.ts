import type { EpochMs } from '@precedent/kernel';
import type { PointPayload } from '@precedent/ports';
import { documentsIn, kindOf } from './candidate.ts';
import type { Candidate } from './candidate.ts';

/** The kinds of the documents of a task, in the order in which they stand for it. Resolutions, notes and workflows are hits of their own. */
const TASK_KINDS = ['failure', 'log_window', 'decision', 'attempt', 'spec'];
/** Kinds that say that a task ran, and nothing of a failure. */
export const RUN_KINDS: readonly string[] = ['spec', 'attempt'];

/** Whether a candidate is a task of which no failure was found. */
export const isRun = (candidate: Pick<Candidate, 'payload'>): boolean =>
  RUN_KINDS.includes(kindOf(candidate));

/** Folds the documents of each task into one candidate, with the cosine of the nearest one. A failure represents its task. */
export const foldedByTask = (candidates: readonly Candidate[]): readonly Candidate[] =>
  [...Map.groupBy(candidates, taskKey).values()].flatMap((documents) => {
    const ordered = documents.toSorted((a, b) => order(a) - order(b) || (b.cosine ?? -1) - (a.cosine ?? -1));
    const [first] = ordered;
    if (first === undefined) return [];
    const cosine = nearestOf(ordered);
    return [{ ...first, ...(cosine !== undefined && { cosine }), documents: ordered }];
  });

const taskKey = (candidate: Candidate): string => {
  const { task } = candidate.payload;
  return typeof task === 'string' && TASK_KINDS.includes(kindOf(candidate)) ? `task ${task}` : candidate.id;
};

/** Of the documents of runs the nearest one represents the task. */
const order = (candidate: Candidate): number =>
  Math.min(TASK_KINDS.indexOf(kindOf(candidate)), TASK_KINDS.indexOf('decision'));

const nearestOf = (documents: readonly Candidate[]): number | undefined => {
  const cosines = documents.flatMap(({ cosine }) => (cosine === undefined ? [] : [cosine]));
  return cosines.length === 0 ? undefined : Math.max(...cosines);
};

/** Gives each resolution the documents of the failures that it solved: a question names the problem in the words of either. */
export const withSolvedFailures = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const failures = candidates.filter((one) => kindOf(one) === 'failure');
  return candidates.map((one) => {
    if (kindOf(one) !== 'resolution') return one;
    const documents = [one, ...failures.filter((failure) => isSolvedBy(failure, one)).flatMap(documentsIn)];
    const cosine = nearestOf(documents);
    return { ...one, ...(cosine !== undefined && { cosine }), documents };
  });
};

const isSolvedBy = ({ payload: failure }: Candidate, { payload: resolution }: Candidate): boolean =>
  failure['task'] === resolution['task'] ||
  (failure['fingerprint'] !== undefined && failure['fingerprint'] === resolution['fingerprint']);

/** One hit of an answer: the best of the candidates with the same fingerprint or text. */
export interface Group<T> {
  readonly best: T;
  /** How many the documents of the best one's kind stand for, itself included. An attempt and its failure are one event. */
  readonly count: number;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** Ids of the others, best first, at most 20. */
  readonly others: readonly string[];
}

const OTHERS_MAX = 20;

/** Groups failures by their fingerprint and all others by their text, in the order of their best members: a frequent failure is one hit,
 * and a document of kind `failure` represents it. */
export const grouped = <T extends Candidate>(ranked: readonly T[]): readonly Group<T>[] =>
  [...Map.groupBy(ranked, groupKey).values()].flatMap((members) => {
    const best = members.find((one) => kindOf(one) === 'failure') ?? members[0];
    if (best === undefined) return [];
    const documents = members.flatMap(ownDocumentsIn);
    const same = documents.filter((one) => kindOf(one) === kindOf(best));
    return [
      {
        best,
        count: same.reduce((sum, { payload }) => sum + Number(payload['count'] ?? 1), 0),
        firstAt: Math.min(...documents.map(({ payload: { at, first_at: first } }) => Number(first ?? at))),
        lastAt: Math.max(...documents.map(({ payload }) => payload.at)),
        others: documents
          .map(({ id }) => id)
          .filter((id) => id !== best.id)
          .slice(0, OTHERS_MAX),
      },
    ];
  });

/** Without the failures that a resolution solved. */
const ownDocumentsIn = (candidate: Candidate): readonly Candidate[] =>
  kindOf(candidate) === 'resolution' ? [candidate] : documentsIn(candidate);

const FAILURE_KINDS: ReadonlySet<string> = new Set(['failure', 'log_window', 'attempt']);

const groupKey = (candidate: Candidate): string => {
  const fingerprint = fingerprintIn(candidate.payload);
  return fingerprint === undefined
    ? `${kindOf(candidate)} ${candidate.payload.text}`
    : `failure ${fingerprint}`;
};

/** The fingerprint of the failure that a point documents; `undefined` for other points. */
export const fingerprintIn = ({ kind, fingerprint }: PointPayload): string | undefined =>
  FAILURE_KINDS.has(String(kind ?? '')) && typeof fingerprint === 'string' ? fingerprint : undefined;
