import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '@precedent/config';
import type { Config } from '@precedent/config';
import { streamsOf, subjectsOf } from '@precedent/contracts';
import type { SearchStatus } from '@precedent/contracts';
import { problemOf } from '@precedent/kernel';
import { memoryVectorIndex } from '@precedent/memory';
import { connectNats, natsJournalReader, natsLog, openJsonService } from '@precedent/nats';
import type { VectorIndex } from '@precedent/ports';
import {
  announceFailed,
  announceProgress,
  announceReady,
  exitWithParent,
  onStopSignals,
  setNice,
  systemClock,
} from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import {
  Forecasts,
  INDEXED_FIELDS,
  Indexer,
  Notes,
  SemanticHistory,
  collectionOf,
  forget,
  wordVectors,
} from '@precedent/semantic';
import type { Deleted } from '@precedent/semantic';
import { sqliteIndexState } from '@precedent/sqlite';
import { openModel } from './model.ts';
import type { TaskFacts } from '@precedent/semantic';
import type { Model } from './model.ts';
import { tellForecasts } from './tell-forecasts.ts';
import { tellSeen } from './tell-seen.ts';
import { searchVerbs } from './verbs.ts';

const VERSION = '0.1.0';
const READER = 'vectorizer';
/** Remembering comes after working: less urgent than the engine and the workers of the same machine. */
const NICE = 10;
/** Between two tries to index notes that could not be. Milliseconds. */
const NOTES_MS = 5_000;
/** An index that is so far behind tells of what is over already: nothing is predicted by it. Milliseconds. */
const BEHIND_MS = 60_000;
/** Between two looks at what is too old. Milliseconds. */
const FORGET_MS = 3_600_000;

type Connection = Awaited<ReturnType<typeof connectNats>>;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const connectionOf = (config: Config): Promise<Connection> => {
  const { url, host, port, user, password, token } = config.nats;
  return connectNats({
    url: url === '' ? `nats://${host}:${port}` : url,
    name: `precedent-vectorizer-${config.cell}`,
    ...(token.isSet && { token: token.reveal() }),
    ...(user !== '' && { user, pass: password.reveal() }),
  });
};

/** The configured Qdrant. Without one, memory: it answers as well, and is filled anew at every start. */
const indexOf = ({ vectorizer }: Config): { index: VectorIndex; lasts: boolean } => {
  const { url, apiKey } = vectorizer;
  if (url !== '')
    return {
      index: qdrantVectorIndex({ url, ...(apiKey.isSet && { apiKey: apiKey.reveal() }) }),
      lasts: true,
    };
  say('no Qdrant: what is remembered is kept in memory, and read from the journal again at every start');
  return { index: memoryVectorIndex(), lasts: false };
};

interface Parts {
  readonly nc: Connection;
  readonly config: Config;
  readonly model: Model | undefined;
  readonly index: VectorIndex;
  /** File of what the indexer must remember. */
  readonly stateFile: string;
}

const assemble = async ({ nc, config, model, index, stateFile }: Parts) => {
  const { cell, root } = config;
  const [subjects, streams] = [subjectsOf(root), streamsOf(root)];
  const { name: collection, dimensions } = collectionOf(model?.documents);
  await index.ensure({ name: collection, dimensions, indexed: INDEXED_FIELDS });
  const reader = await natsJournalReader({ nc, stream: streams.journal(cell), reader: READER });
  const state = sqliteIndexState(stateFile);
  const clock = systemClock();
  const words = model && wordVectors(model.queries);
  const ground = { index, collection, ...(model && { embedder: model.queries }), ...(words && { words }) };
  const history = new SemanticHistory(ground);
  const feed = { nc, subjects, cell, now: () => clock.now() };
  const predict = history.predict.bind(history);
  const forecasts = new Forecasts({ predict, clock, onForecasts: tellForecasts(feed) });
  const seen = tellSeen({ ...feed, history });
  const onIndexed = (told: readonly TaskFacts[]): void => {
    seen(told);
    if (indexer.status().lagMs < BEHIND_MS) forecasts.take(told);
  };
  const embedder = model?.documents;
  const log = await natsLog({ nc, stream: streams.memory, subject: subjects.memory, hasHoles: true });
  const notes = new Notes({ log, state, index: (documents) => indexer.index(documents) });
  const told = { onIndexed, onDeleted: (deleted: readonly Deleted[]) => notes.erase(deleted) };
  const indexer = new Indexer({ reader, state, index, collection, clock, embedder, words, ...told });
  const status = async (): Promise<SearchStatus> => {
    const { seq, lagMs, open, documents, missed, trouble } = indexer.status();
    const freshness = { seq, lastSeq: await reader.last(), lagMs };
    const name = model?.documents.model.name;
    const own = { freshness, collection, semantic: model !== undefined, open, documents, missed };
    return { ...own, ...(name !== undefined && { model: name }), ...(trouble && { trouble }) };
  };
  const verbs = searchVerbs({ ground, history, notes, now: () => clock.now(), status });
  const { retention: keepMs } = config.vectorizer;
  const forgetOld = (): Promise<void> =>
    forget({ index, collection, namespaces: indexer.namespaces, now: clock.now(), keepMs });
  return { indexer, forecasts, notes, verbs, state, forgetOld, group: subjects.searchGroup };
};

const run = async (): Promise<void> => {
  const config = loadConfig({ cwd: process.cwd(), env: process.env });
  setNice(process.pid, NICE);
  const dir = path.join(config.storage.dataDir, 'vectorizer');
  mkdirSync(dir, { recursive: true });
  announceProgress('loading the embedding model');
  const model = await openModel({ config, dir, say });
  announceProgress('connecting to NATS');
  const nc = await connectionOf(config);
  const { index, lasts } = indexOf(config);
  const stateFile = lasts ? path.join(dir, `state-${model?.documents.model.name ?? 'none'}.db`) : ':memory:';
  const { indexer, forecasts, notes, verbs, state, forgetOld, group } = await assemble({
    nc,
    config,
    model,
    index,
    stateFile,
  });
  const description = 'The semantic history of one cell: search, precedents, predictions, notes.';
  const service = await openJsonService({
    nc,
    name: 'precedent-search',
    description,
    version: VERSION,
    group,
    verbs,
  });
  const retry = setInterval(() => void notes.catchUp().catch(() => undefined), NOTES_MS);
  const tidy = setInterval(() => void forgetOld().catch(() => undefined), FORGET_MS);
  const running = indexer.run();
  const close = async (): Promise<void> => {
    clearInterval(retry);
    clearInterval(tidy);
    forecasts.close();
    await service.close();
    await indexer.stop();
    await running.catch(() => undefined);
    state.close();
    await Promise.all([model?.documents.close(), nc.close().catch(() => undefined)]);
  };
  const leave = (code: number): void => void close().finally(() => process.exit(code));
  onStopSignals({ stop: () => leave(0), force: () => process.exit(130) });
  exitWithParent(close);
  void notes.catchUp().catch(() => undefined);
  say(
    `vectorizer: ${model === undefined ? 'by words only' : model.documents.model.name}, ${lasts ? 'Qdrant' : 'memory'}`,
  );
  announceReady({ cell: config.cell });
  await running;
};

run().catch((error: unknown) => {
  const { code, message, issues = [] } = problemOf(error);
  const lines = issues.map((issue) => `  ${issue.field}: ${issue.message}\n`).join('');
  process.stderr.write(`error ${code}: ${message}\n${lines}`);
  announceFailed(error);
  process.exit(1);
});
