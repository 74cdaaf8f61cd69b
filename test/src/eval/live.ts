import type { Client } from '@precedent/client';
import { isAppError } from '@precedent/kernel';
import type { Embedder } from '@precedent/ports';
import { bm25Answers, cosineAnswers, outputVectors } from './baselines.ts';
import type { OutputDoc, OutputPair, OutputQuery, OutputSet } from './labelled-outputs.ts';
import { docOfHit, docsOfPoints, rankedAnswer } from './live-answers.ts';
import type { SubmittedDocs } from './live-answers.ts';
import { submitDocs, withLiveProduct } from './live-product.ts';
import type { LiveOptions, Submission } from './live-product.ts';
import { liveReportOf } from './live-report.ts';
import type { LiveReport, ReportedSet } from './live-report.ts';
import { derivedPairs } from './live-scores.ts';
import type { RankedAnswer, ReportedFailure } from './live-scores.ts';
import { cosine } from './similarity.ts';

const HITS = 10;

type FailureDoc = OutputDoc & { readonly group: string };

export interface LiveResult {
  readonly report: LiveReport;
  readonly answers: readonly RankedAnswer[];
}

/** Runs a set through a running product, and the baselines over the same texts and queries. */
export const evaluateLive = async (
  set: OutputSet,
  embedder: Embedder,
  options: LiveOptions,
): Promise<LiveResult> => {
  const reported = await withLiveProduct(options, (client, submission) =>
    reportedOf(client, set, submission),
  );
  const report = liveReportOf({
    ...reported,
    pairs: set.pairs.length > 0 ? set.pairs : await pairsOf(set, embedder),
    bm25: bm25Answers(set),
    cosine: await cosineAnswers(set, embedder),
  });
  return { answers: reported.answers, report };
};

/** What a running product answers and reports of a set. */
const reportedOf = async (
  client: Client,
  { docs, queries }: OutputSet,
  submission: Submission,
): Promise<Pick<ReportedSet, 'answers' | 'failures'>> => {
  const submitted = await submitDocs(client, docs, submission);
  submission.say('the index has caught up');
  return {
    answers: await answersOf(client, queries, submitted),
    failures: await failuresOf(client, docs.filter(isFailure), submitted),
  };
};

const isFailure = (doc: OutputDoc): doc is FailureDoc => doc.kind === 'failure';

/** As `precedent search` does. */
const answersOf = async (
  client: Client,
  queries: readonly OutputQuery[],
  submitted: SubmittedDocs,
): Promise<readonly RankedAnswer[]> => {
  const answers: RankedAnswer[] = [];
  for (const query of queries) {
    const { hits } = await client.search.find(query.text, { limit: HITS });
    const first = hits[0] === undefined ? '' : `${hits[0].kind}: ${hits[0].text}`;
    answers.push(rankedAnswer(query, { docs: hits.map((hit) => docOfHit(submitted, hit)), first }));
  }
  return answers;
};

/** As `precedent seen` does. */
const failuresOf = async (
  client: Client,
  docs: readonly FailureDoc[],
  { docOfTask }: SubmittedDocs,
): Promise<readonly ReportedFailure[]> => {
  const [points, tasks] = [
    docsOfPoints(docOfTask),
    new Map([...docOfTask].map(([task, doc]) => [doc, task])),
  ];
  const failures: ReportedFailure[] = [];
  for (const { id, group } of docs) {
    const { fingerprint, similar } = await seenOrNothing(client, tasks.get(id) ?? '');
    const docsOfSimilar = similar.flatMap((one) => points.get(one.id) ?? []);
    failures.push({ id, group, similar: docsOfSimilar, ...(fingerprint !== undefined && { fingerprint }) });
  }
  return failures;
};

interface Seen {
  readonly fingerprint?: string;
  readonly similar: readonly { readonly id: string }[];
}

/** A product that has nothing to say about a failure refuses. */
const seenOrNothing = async (client: Client, task: string): Promise<Seen> => {
  try {
    return await client.search.seen(task);
  } catch (error) {
    if (isAppError(error) && error.code === 'INVALID_REQUEST') return { similar: [] };
    throw error;
  }
};

/** For a set without pairs: all of one cause, and to each failure the nearest one of another cause. */
const pairsOf = async ({ docs }: OutputSet, embedder: Embedder): Promise<readonly OutputPair[]> => {
  const failures = docs.filter(isFailure);
  const vectors = await outputVectors(failures, embedder);
  return derivedPairs(failures, (a, b) => cosine(vectors[a], vectors[b]));
};
