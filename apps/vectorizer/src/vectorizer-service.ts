import { Client } from '@precedent/client';
import type { Config } from '@precedent/config';
import { DEFAULT_CELL, DEFAULT_ROOT } from '@precedent/contracts';
import type { SearchStatus, Streams, Subjects } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { followLeader, natsLog } from '@precedent/nats';
import type { connectNats } from '@precedent/nats';
import type { Clock, JournalReader, VectorIndex } from '@precedent/ports';
import {
  BufferedIndexState,
  Forecasts,
  Indexer,
  Notes,
  Reembedding,
  SemanticHistory,
  CollectionSet,
  removeExpired,
  storeAnnotation,
  openWithRetry,
  collectionNames,
} from '@precedent/semantic';
import type {
  Deleted,
  OpenCollections,
  CollectionNames,
  TaskFacts,
  AnnotationFacts,
} from '@precedent/semantic';
import { openIndexState } from './index-state.ts';
import { MemoryLimit } from './memory-limit.ts';
import type { Models } from './model.ts';
import { reembedTasks } from './reembed-tasks.ts';
import { publishForecasts, publishSeen } from './task-events.ts';
import { unindexedTask } from './unindexed-task.ts';
import type { AnnotationParts, HandlerParts } from './handlers.ts';

/** Between two attempts to index notes that are not indexed. Milliseconds. */
const NOTES_RETRY_MS = 5_000;
/** With a longer lag most indexed tasks have ended already, so none is predicted. Milliseconds. */
const LAG_MS_MAX = 60_000;
/** Between two removals of expired points. Milliseconds. */
const REMOVAL_MS = 3_600_000;

const namesFor = ({ root, cell }: Config): CollectionNames =>
  collectionNames(root === DEFAULT_ROOT && cell === DEFAULT_CELL ? '' : `${root}/${cell}`);

export interface VectorizerParts {
  readonly nc: Awaited<ReturnType<typeof connectNats>>;
  readonly config: Config;
  readonly subjects: Subjects;
  readonly streams: Streams;
  readonly models: Models;
  readonly index: VectorIndex;
  readonly reader: JournalReader;
  readonly clock: Clock;
  /** The file of the indexer's state. */
  readonly stateFile: string;
  readonly say: (line: string) => void;
}

/** Opens the index, indexes the journal, and holds what the verbs answer from. */
export class VectorizerService {
  readonly #p: VectorizerParts;
  readonly #stop = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  #open: Opened | undefined;
  #trouble: Problem = { code: 'VECTORS_UNAVAILABLE', message: 'the index is being opened' };

  constructor(parts: VectorizerParts) {
    this.#p = parts;
  }

  /** Throws VECTORS_UNAVAILABLE, with the reason, until the index is open. */
  get ready(): HandlerParts {
    if (this.#open) return this.#open.verbs;
    throw new AppError('VECTORS_UNAVAILABLE', this.#trouble.message);
  }

  /** Adds annotations. Those that are added before the index is open are indexed when it opens. */
  get annotations(): AnnotationParts {
    if (this.#open) return this.#open.verbs;
    const { clock } = this.#p;
    const add = async (facts: AnnotationFacts) => {
      const { id } = await storeAnnotation(await notesLog(this.#p), facts);
      return { id, indexed: false };
    };
    return { notes: { add }, now: () => clock.now() };
  }

  /** Resolves when the index is open, or the first attempt to open it has failed. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** Resolves when `close` was called. Rejects when the journal cannot be read. */
  async run(): Promise<void> {
    const { models, index, config, clock } = this.#p;
    const plan = {
      index,
      names: namesFor(config),
      own: await models.own(),
      named: (name: string) => models.named(name),
    };
    const retry = {
      clock,
      signal: this.#stop.signal,
      onTrouble: (error: AppError) => this.#cannotOpen(error),
    };
    const collections = await openWithRetry(plan, retry);
    if (collections === undefined) return;
    const open = await opened(this.#p, collections);
    this.#open = open;
    this.#tried.resolve();
    if (this.#stop.signal.aborted) return;
    void open.notes.catchUp().catch(() => undefined);
    void open.reembedding.run();
    void open.memory.look();
    await open.indexer.run();
  }

  async status(): Promise<SearchStatus> {
    const { config, reader } = this.#p;
    const open = this.#open;
    const lastSeq = await reader.last();
    if (open === undefined) {
      const freshness = { seq: 0, lastSeq, lagMs: 0 };
      const nothing = { semantic: false, open: 0, documents: 0, missed: 0 };
      return { freshness, collection: namesFor(config).active, ...nothing, trouble: this.#trouble };
    }
    const { seq, lagMs, documents, missed, setAside, trouble: own, ...rest } = open.indexer.status();
    const { collection, model } = open.collections.active;
    const { building, trouble = own } = open.reembedding.status;
    return {
      freshness: { seq, lastSeq, lagMs },
      collection,
      semantic: model !== undefined,
      open: rest.open,
      documents,
      missed,
      ...(setAside.count > 0 && { setAside }),
      ...(model && { model: model.documents.model.name }),
      ...(building && { building: buildingView(building) }),
      ...(open.memory.latest && { memory: open.memory.latest }),
      ...(trouble && { trouble }),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#open?.close();
  }

  #cannotOpen(error: AppError): void {
    const problem = error.toProblem();
    if (problem.message !== this.#trouble.message)
      this.#p.say(`the index cannot be opened: ${error.message}`);
    this.#trouble = problem;
    this.#tried.resolve();
  }
}

const buildingView = ({
  to,
  model,
  done,
  total,
}: NonNullable<Reembedding['status']['building']>): NonNullable<SearchStatus['building']> => ({
  collection: to,
  model,
  done,
  total,
});

const notesLog = ({ nc, streams, subjects, config }: VectorizerParts) =>
  natsLog({
    nc,
    stream: streams.memory,
    subject: subjects.memory,
    replicas: config.nats.replicas,
    hasHoles: true,
  });

type Opened = Awaited<ReturnType<typeof opened>>;

const opened = async (parts: VectorizerParts, { isNew, ...open }: OpenCollections) => {
  const { nc, config, subjects, index, reader, clock, stateFile, say } = parts;
  const collections = new CollectionSet(index, namesFor(config), open);
  const now = (): number => clock.now();
  const state = new BufferedIndexState(openIndexState({ file: stateFile, isNew, say }), {
    clock,
    // When it fails, the next one protects the journal a little longer than needed.
    onDurable: (seq) => void reader.passed(seq).catch(() => undefined),
  });
  const context = () => collections.searchContext;
  const client = new Client(nc, { root: config.root, cell: config.cell });
  const history = new SemanticHistory(
    context,
    unindexedTask(() => indexer, client.history),
  );
  const publisher = { nc, subjects, cell: config.cell, now };
  const predict = history.predict.bind(history);
  const forecasts = new Forecasts({ predict, clock, onForecasts: publishForecasts(publisher) });
  const seen = publishSeen({ ...publisher, history });
  const isCurrent = (): boolean => indexer.status().lagMs < LAG_MS_MAX;
  const onIndexed = (changed: readonly TaskFacts[]): void => {
    seen(changed);
    // Settled tasks are always passed on, because they need no prediction any more.
    forecasts.take(isCurrent() ? changed : changed.filter(({ outcome }) => outcome !== undefined));
  };
  const log = await notesLog(parts);
  const notes = new Notes({ log, state, collections });
  const onDeleted = (deleted: readonly Deleted[]): Promise<void> => notes.erase(deleted);
  const indexer = new Indexer({ reader, state, collections, clock, isNew, onIndexed, onDeleted });
  const onEpoch = (epoch: number): void => {
    if (isCurrent()) forecasts.onEpoch(epoch, () => indexer.openTasks());
  };
  const leader = followLeader({ nc, subjects, cell: config.cell, onEpoch });
  const reembedding = new Reembedding({
    collections,
    tasks: reembedTasks(client, config.namespace),
    clock,
    onSettled: ({ to, model }) => say(`all is embedded with ${model}: ${to} serves`),
  });
  const { retention: keepMs, memory: memoryBytes } = config.vectorizer;
  const memory = new MemoryLimit(collections, memoryBytes, say);
  const removeOld = async (): Promise<void> => {
    state.save({ expired: now() - keepMs });
    await removeExpired({ collections, now: now(), keepMs });
  };
  const retryNotes = setInterval(() => void notes.catchUp().catch(() => undefined), NOTES_RETRY_MS);
  const removal = setInterval(() => void removeOld().catch(() => undefined), REMOVAL_MS);
  const close = async (): Promise<void> => {
    clearInterval(retryNotes);
    clearInterval(removal);
    memory.close();
    reembedding.stop();
    await leader.close();
    forecasts.close();
    await indexer.stop();
    await collections.close();
    state.close();
  };
  return { indexer, notes, collections, reembedding, memory, verbs: { context, history, notes, now }, close };
};
