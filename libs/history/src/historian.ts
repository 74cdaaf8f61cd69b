import type { HistoryCopy } from '@precedent/contract-types';
import { problemOf, retryUntilAborted, sleep } from '@precedent/kernel';
import type { EpochMs, Problem } from '@precedent/kernel';
import { wakeBy } from '@precedent/ports';
import type {
  AppendLog,
  Clock,
  HistoryBuild,
  HistoryPosition,
  HistoryStore,
  JournalReader,
  TaskOutput,
} from '@precedent/ports';
import { follow, turn } from './follow.ts';
import { HistoryService } from './history-service.ts';
import type { Defaults } from './projection.ts';
import { rebuild } from './rebuild.ts';
import type { Rebuilt } from './rebuild.ts';
import { snapshotRows } from './snapshot-rows.ts';

/** Where the histories are: one that answers, and another one while it is being built. */
export interface HistoryFiles {
  readonly store: HistoryStore;
  build(): HistoryBuild;
  /** Puts the one that answers in order; bytes of its file, and those in it that are free. */
  optimise(): { readonly bytes: number; readonly freeBytes: number };
  /** A copy of the one that answers. */
  copy(): Promise<HistoryCopy>;
}

/** What the history reports of itself. */
export type HistoryEvent =
  | { readonly name: 'history.following'; readonly position: HistoryPosition }
  | { readonly name: 'history.waiting'; readonly problem: Problem }
  | { readonly name: 'history.gap'; readonly problem: Problem }
  | { readonly name: 'history.damaged'; readonly problem: Problem }
  | { readonly name: 'history.rebuilding' }
  | { readonly name: 'history.rebuilt'; readonly rebuilt: Rebuilt; readonly ms: number }
  | { readonly name: 'history.rebuild_failed'; readonly problem: Problem }
  | { readonly name: 'history.forgot'; readonly tasks: number };

export interface HistorianOptions {
  readonly files: HistoryFiles;
  /** A reader of the journal; one that is named protects what it has not read. */
  readonly openReader: (name?: string) => Promise<JournalReader>;
  /** Of the engine. */
  readonly snapshots: () => Promise<Pick<AppendLog, 'read'>>;
  /** Reads the output of tasks. Absent: none is served. */
  readonly output?: TaskOutput | undefined;
  /** Removes the output of a task. Absent: it stays until it is too old. */
  readonly removeLogs?: (task: string) => Promise<void>;
  readonly clock: Clock;
  readonly defaults: Defaults;
  /** Milliseconds for which settled tasks are kept. */
  readonly retentionMs: number;
  readonly emit: (event: HistoryEvent) => void;
}

export const READER = 'history';

const RETRY_MS = 250;
const RETRY_MS_MAX = 5_000;
/** Between two moves of the position that protects the journal. Milliseconds. */
const SECURE_MS = 5_000;
const FORGET_MS = 60_000;
const FORGET_AT_ONCE = 500;
const COUNTED_AT_ONCE = 2_000;

/** Keeps a history that follows the journal, mends it when it cannot, and answers meanwhile. */
export class Historian {
  readonly service: HistoryService;
  readonly #options: HistorianOptions;
  readonly #ended = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #reader: JournalReader | undefined;
  #statusReader: JournalReader | undefined;
  #generation = 0;
  #rebuilding: Promise<void> | undefined;
  /** Called when the store is damaged: the program must open the folder again. */
  onDamaged: (problem: Problem) => void = () => undefined;

  constructor(options: HistorianOptions) {
    this.#options = options;
    this.service = new HistoryService({
      store: () => options.files.store,
      last: () => this.#last(),
      clock: options.clock,
      retentionMs: options.retentionMs,
      output: options.output,
      rebuild: () => this.rebuild(),
      isRebuilding: () => this.#rebuilding !== undefined,
      optimise: () => options.files.optimise(),
      copy: () => options.files.copy(),
    });
  }

  /** Begins to follow; nothing has to be there yet. */
  start(): void {
    const parts = [
      this.#run(),
      this.#every(SECURE_MS, () => this.#secure()),
      this.#every(FORGET_MS, () => this.#forget()),
      this.#every(SECURE_MS, () => this.#countOlder()),
    ];
    void Promise.all(parts).then(() => this.#ended.resolve(), this.#ended.reject);
  }

  /** Resolves when nothing of it runs any more; what was read is kept. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reader?.close();
    await this.#statusReader?.close();
    await this.#ended.promise;
    await this.#rebuilding;
  }

  /** Builds the history again, while the present one answers. `false`: a rebuild is under way already. */
  rebuild(): boolean {
    if (this.#rebuilding !== undefined || this.#isStopped) return false;
    this.#rebuilding = this.#rebuild().finally(() => {
      this.#rebuilding = undefined;
    });
    return true;
  }

  async #run(): Promise<void> {
    const { files, clock } = this.#options;
    try {
      await retryUntilAborted(() => this.#follow(), {
        signal: this.#stopping.signal,
        firstMs: RETRY_MS,
        maxMs: RETRY_MS_MAX,
        isWorthIt: (error) => problemOf(error).details?.['corrupt'] !== true,
        onFailure: (error) => this.#waitsFor(problemOf(error)),
        progress: () => files.store.position().seq,
        wake: wakeBy(clock),
      });
    } catch (error) {
      this.#damaged(problemOf(error));
    }
  }

  /** Follows the journal, over gaps and replacements of the store, until the stop. */
  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#followOnce();
      } catch (error) {
        if (problemOf(error).code !== 'JOURNAL_GAP') throw error;
        await this.#bridgeGap(problemOf(error));
      }
    }
  }

  /** Returns at the stop, and when the store was replaced. */
  async #followOnce(): Promise<void> {
    const { openReader, files, removeLogs, clock, defaults, emit } = this.#options;
    const generation = this.#generation;
    const { store } = files;
    try {
      const reader = await openReader(READER);
      this.#reader = reader;
      emit({ name: 'history.following', position: store.position() });
      this.service.following();
      const isOver = (): boolean => this.#isStopped || generation !== this.#generation;
      await follow({
        reader,
        store,
        removeLogs,
        defaults,
        clock,
        isOver,
        isQueried: () => this.service.isQueried,
        onStored: (position) => this.service.stored(position),
      });
    } finally {
      await this.#reader?.close();
    }
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #bridgeGap(problem: Problem): Promise<void> {
    this.service.failed(problem);
    this.#options.emit({ name: 'history.gap', problem });
    this.rebuild();
    await this.#rebuilding;
  }

  #waitsFor(problem: Problem): void {
    this.service.failed(problem);
    this.#options.emit({ name: 'history.waiting', problem });
  }

  #damaged(problem: Problem): void {
    this.service.failed(problem);
    this.#options.emit({ name: 'history.damaged', problem });
    this.onDamaged(problem);
  }

  async #rebuild(): Promise<void> {
    const { files, openReader, snapshots, clock, defaults, emit } = this.#options;
    const begunAt = clock.now();
    emit({ name: 'history.rebuilding' });
    let build: HistoryBuild | undefined;
    let reader: JournalReader | undefined;
    try {
      build = files.build();
      reader = await openReader();
      const isStopped = (): boolean => this.#isStopped;
      const log = await snapshots();
      const snapshot = () => snapshotRows(log);
      const current = files.store;
      const rebuilt = await rebuild({ build, current, reader, snapshot, defaults, clock, isStopped });
      if (this.#isStopped) return build.discard();
      this.#replace(build);
      emit({ name: 'history.rebuilt', rebuilt, ms: clock.now() - begunAt });
    } catch (error) {
      build?.discard();
      emit({ name: 'history.rebuild_failed', problem: problemOf(error) });
      this.service.failed(problemOf(error));
      await this.#pause(RETRY_MS_MAX);
    } finally {
      await reader?.close();
    }
  }

  /** From here on the new store is followed: writing to the old one ends before its next step. */
  #replace(build: HistoryBuild): void {
    this.#generation++;
    try {
      this.service.stored(build.finish().position());
    } catch (error) {
      return this.#damaged(problemOf(error));
    }
    void this.#reader?.close();
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#stopping.signal, wakeBy(this.#options.clock));
  }

  /** Through a reader of its own: the one that follows comes and goes. */
  async #last(): Promise<number> {
    this.#statusReader ??= await this.#options.openReader();
    return this.#statusReader.last();
  }

  async #secure(): Promise<void> {
    const seq = this.#options.files.store.secure();
    await this.#reader?.passed(seq);
  }

  async #forget(): Promise<void> {
    const { files, clock, retentionMs, emit } = this.#options;
    const before: EpochMs = clock.now() - retentionMs;
    let tasks = 0;
    for (
      let removed = -1;
      removed !== 0 && !this.#isStopped && this.#rebuilding === undefined;
      tasks += removed
    ) {
      removed = files.store.forget(before, FORGET_AT_ONCE);
      await turn(clock);
    }
    if (tasks > 0) emit({ name: 'history.forgot', tasks });
  }

  async #countOlder(): Promise<void> {
    const { files, clock } = this.#options;
    while (!this.#isStopped && files.store.countOlder(COUNTED_AT_ONCE) > 0) await turn(clock);
  }

  /** Repeats `work`; a failure is reported, and `work` is tried again the next time. */
  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    for (await this.#pause(ms); !this.#isStopped; await this.#pause(ms)) {
      try {
        await work();
      } catch (error) {
        this.#options.emit({ name: 'history.waiting', problem: problemOf(error) });
      }
    }
  }
}
