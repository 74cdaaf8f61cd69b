import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { isAppError } from '@precedent/kernel';
import { bundlePrograms } from '../bench/bundle.ts';
import { startProduct } from '../bench/product.ts';
import { waitForIndex } from '../bench/wait-for.ts';
import type { OutputDoc } from './labelled-outputs.ts';
import type { SubmittedDocs } from './live-answers.ts';

const REQUEST_MS = 60_000;
const TASK_MS = 300_000;
/** Prints the file that is its first argument, and exits with the second. */
const PRINT = ['-c', 'cat "$0" >&2; exit "$1"'];

export interface Submission {
  /** Where the outputs are written. */
  readonly folder: string;
  /** Reports progress to the user. */
  readonly say: (text: string) => void;
}

export interface LiveOptions extends Pick<Submission, 'say'> {
  /** The folder of another model than the shipped one, absolute. */
  readonly modelDir?: string;
}

/** Starts all that a user gets, with an empty data folder and free ports, and leaves nothing of it. */
export const withLiveProduct = async <T>(
  { say, modelDir = '' }: LiveOptions,
  body: (client: Client, submission: Submission) => Promise<T>,
): Promise<T> => {
  const stage = { bundled: await bundlePrograms(say), say: () => undefined };
  const product = await startProduct(stage, [], { PRECEDENT_VECTORIZER_MODEL_DIR: modelDir });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-eval-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  try {
    const client = await connect({ servers: product.url, name: 'eval', timeoutMs: REQUEST_MS });
    try {
      return await body(client, { folder, say });
    } finally {
      await client.close();
      await product.stop();
    }
  } finally {
    product.remove();
    process.off('exit', removeFolder);
    removeFolder();
  }
};

/** Runs every doc as a task, in the order of their times, records the resolutions, and waits until all is searchable. */
export const submitDocs = async (
  client: Client,
  docs: readonly OutputDoc[],
  submission: Submission,
): Promise<SubmittedDocs> => {
  const tasks = await runDocs(client, docs, submission);
  await waitForIndex(client);
  const docOfResolution = await recordResolutions(client, tasks, { docs, say: submission.say });
  await waitForIndex(client);
  return { docOfTask: new Map([...tasks].map(([doc, task]) => [task, doc])), docOfResolution };
};

/** The task of each doc. */
const runDocs = async (
  client: Client,
  docs: readonly OutputDoc[],
  { folder, say }: Submission,
): Promise<ReadonlyMap<string, string>> => {
  const ordered = docs.toSorted((a, b) => a.at - b.at);
  const outcomes = await client.submitMany(
    ordered.map((doc, at) => specOf(doc, { folder, file: `${at}.txt` })),
  );
  const tasks = new Map<string, string>();
  for (const [at, outcome] of outcomes.entries()) {
    const doc = ordered[at];
    if (doc === undefined || 'error' in outcome)
      throw new Error(`docs ("${doc?.id}") was refused: ${JSON.stringify(outcome)}`);
    const { state } = await client.wait(outcome.id, { timeoutMs: TASK_MS });
    if (state !== (doc.exit === 0 ? 'completed' : 'failed'))
      throw new Error(`docs ("${doc.id}") exits with ${doc.exit}, and its task is ${state}`);
    tasks.set(doc.id, outcome.id);
  }
  say(`${tasks.size} tasks have ended`);
  return tasks;
};

/** The file of an output, whose name says nothing of it. */
interface OutputFile {
  readonly folder: string;
  readonly file: string;
}

const specOf = ({ name, project, exit, stderr }: OutputDoc, { folder, file }: OutputFile): TaskSpec => {
  writeFileSync(path.join(folder, file), stderr);
  return {
    command: 'sh',
    args: [...PRINT, file, String(exit)],
    cwd: folder,
    retry: { max: 0 },
    ...(name !== undefined && { name }),
    ...(project !== undefined && { project }),
  };
};

interface Recording {
  readonly docs: readonly OutputDoc[];
  readonly say: (text: string) => void;
}

/** As `precedent resolve` does. The evidence is the run of the resolution; one that the product refuses is reported, and not found later. */
const recordResolutions = async (
  client: Client,
  tasks: ReadonlyMap<string, string>,
  { docs, say }: Recording,
): Promise<ReadonlyMap<string, string>> => {
  const recorded = new Map<string, string>();
  for (const doc of docs.filter(({ kind }) => kind === 'resolution')) {
    const [id = '', evidence = ''] = [resolvedBy(doc, docs)?.id ?? '', doc.id].map((one) => tasks.get(one));
    const request = { id, evidence, text: doc.outcome ?? '', by: 'eval' };
    try {
      const reply = await client.search.resolve(request);
      recorded.set(reply.id, doc.id);
      if (!reply.indexed) say(`docs ("${doc.id}") is recorded, and not indexed yet`);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'INVALID_REQUEST') throw error;
      say(`docs ("${doc.id}") is not recorded: ${error.message}`);
    }
  }
  return recorded;
};

/** The latest failure of the cause before the resolution; the first one where all came later. */
const resolvedBy = ({ group, at }: OutputDoc, docs: readonly OutputDoc[]): OutputDoc | undefined => {
  const failures = docs
    .filter((one) => one.kind === 'failure' && one.group === group)
    .toSorted((a, b) => a.at - b.at);
  return failures.findLast((one) => one.at <= at) ?? failures[0];
};
