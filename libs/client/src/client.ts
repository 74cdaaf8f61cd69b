import { DEFAULT_CELL, DEFAULT_ROOT, callerSubjectsOf, streamsOf, subjectsOf } from '@precedent/contracts';
import type { ApiVerb, EngineOperations, ReplyOf, Streams, Subjects, TaskSpec } from '@precedent/contracts';
import { ANY } from '@precedent/contract-types';
import type {
  DefinitionKind,
  BulkPreview,
  BulkPreviewRequest,
  DecisionView,
  DeleteReply,
  DryRunView,
  EngineStatus,
  LogChunk,
  RetryReply,
  RetryRequest,
  RebandRequest,
  TaskView,
  WhyView,
  WorkerView,
} from '@precedent/contract-types';
import { defined, isAppError, ulids, settlesWithin } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { AccessClient } from './access.ts';
import { DefinitionClient, LimitClient, ScheduleClient } from './definitions.ts';
import { RunClient } from './runs.ts';
import { WebhookClient } from './webhooks.ts';
import { call } from './api.ts';
import type { DeleteOptions } from './deleting.ts';
import { deleteMerged } from './deleting.ts';
import { HistoryClient } from './history.ts';
import type { MergedHistory, MergedList, MergedRequest } from './merged.ts';
import { getMerged, listMerged, whyMerged } from './merged.ts';
import type { Accepted, SubmitOutcome } from './delivery.ts';
import type { Link } from './link.ts';
import { isConnected } from './link.ts';
import type { LogOptions } from './logs.ts';
import { readLogs } from './logs.ts';
import { BoundedIdSet } from './bounded-id-set.ts';
import type { WaitOptions, Waiter } from './results.ts';
import { resultOrThrow, waitForVerdict } from './results.ts';
import { Search } from './search.ts';
import { servedLogs } from './served-logs.ts';
import type { Specs, SubmitManyOptions, SubmitOptions } from './submit.ts';
import { submitMany, submitOne } from './submit.ts';
import type { SubmitContext } from './submit.ts';
import { signTask } from './sign-task.ts';
import type { TaskSigner } from './sign-task.ts';
import type { Watch, WatchFilter, WatchOptions } from './watch.ts';
import { watchEvents } from './watch.ts';
import { webSha256 } from './worker/checkpoints/state-store.ts';
import type { WorkerOptions } from './worker/options.ts';
import type { WorkerHost } from './worker/session-channel.ts';
import { Worker } from './worker/worker.ts';

export interface ClientOptions {
  /** First tokens of every subject. `precedent.v1` when left out. */
  readonly root?: string;
  /** The cell that workers of this client serve. `main` when left out. */
  readonly cell?: string;
  /** Where access is required: the namespace of all requests and submissions of this client. `default` when left out. */
  readonly namespace?: string;
  /** The id of the credential that the connection was made with, where access is required; of a key it is known already. */
  readonly credential?: string;
  /** Milliseconds for a request to the engine, and for the first connect. 5 s when left out. */
  readonly timeoutMs?: number;
}

/** What `connect` knows of the connection that it has made. */
interface OwnedLink {
  readonly ownsLink?: boolean;
  readonly startWatchdog?: WorkerHost['startWatchdog'];
  readonly sha256?: WorkerHost['sha256'];
  readonly signer?: TaskSigner | undefined;
}

const DEFAULT_NAMESPACE = 'default';
const REQUEST_MS = 5_000;
const CLOSE_MS = 5_000;
/** A set of 100,000 old tasks is read from the history page by page. */
const BULK_MS = 60_000;
/** Ids of streamed tasks that are remembered, so that a wait for one of them outlasts an engine that has not read it yet. */
const STREAMED_MAX = 10_000;

/** Submits, follows and cancels tasks, and runs workers, over one connection. */
export class Client {
  readonly link: Link;
  readonly subjects: Subjects;
  /** What happened, also to tasks that the engine has forgotten. */
  readonly history: HistoryClient;
  /** Keys and grants, where access is required. */
  readonly access: AccessClient;
  /** URLs that events of tasks are sent to. */
  readonly webhooks: WebhookClient;
  /** Runs of workflows. */
  readonly runs: RunClient;
  /** What the tasks of a project have in common. */
  readonly projects: DefinitionClient<'project'>;
  /** How many tasks may run at once, or start in a time. */
  readonly limits: LimitClient;
  /** Registered workflows. */
  readonly workflows: DefinitionClient<'workflow'>;
  /** What is run at its times. */
  readonly schedules: ScheduleClient;
  readonly #streams: Streams;
  readonly #namespace: string;
  readonly #isCaller: boolean;
  readonly #cell: string;
  readonly #timeoutMs: number;
  readonly #ownsLink: boolean;
  readonly #startWatchdog: WorkerHost['startWatchdog'];
  readonly #sha256: WorkerHost['sha256'];
  readonly #signer: TaskSigner | undefined;
  /** The semantic history. */
  readonly search: Search;
  readonly #streamed = new BoundedIdSet(STREAMED_MAX);
  readonly #ulid = ulids(Math.random);
  /** Unguessable. */
  readonly #messagePrefix = `${crypto.getRandomValues(new Uint32Array(4)).join('')}-`;

  constructor(link: Link, options: ClientOptions & OwnedLink = {}) {
    const root = options.root ?? DEFAULT_ROOT;
    this.link = link;
    this.#namespace = options.namespace ?? DEFAULT_NAMESPACE;
    this.#isCaller = options.credential !== undefined;
    this.subjects = clientSubjects(root, this.#namespace, options.credential);
    this.#streams = streamsOf(root);
    this.#cell = options.cell ?? DEFAULT_CELL;
    this.#timeoutMs = options.timeoutMs ?? REQUEST_MS;
    this.access = new AccessClient(this.#api(), this.#timeoutMs);
    this.webhooks = new WebhookClient(this.#api(), this.#timeoutMs);
    this.runs = new RunClient(this.#api(), this.#timeoutMs);
    this.projects = this.definitions('project');
    this.limits = new LimitClient(this.#api(), 'limit', this.#timeoutMs);
    this.workflows = this.definitions('workflow');
    this.schedules = new ScheduleClient(this.#api(), 'schedule', this.#timeoutMs);
    this.history = new HistoryClient(this.#api(), this.#timeoutMs);
    this.#ownsLink = options.ownsLink ?? false;
    this.#startWatchdog = options.startWatchdog;
    this.#sha256 = options.sha256 ?? webSha256;
    this.#signer = options.signer;
    this.search = new Search(this.#api(), this.#timeoutMs);
  }

  /**
   * Resolves when the task is durable. Sends a request to the engine, and publishes the task to the stream when no engine answers. A
   * task without an id gets one here, so no try makes a second task. Throws the engine's refusal (INVALID_TASK, QUEUE_FULL, TASK_EXISTS,
   * …), and ENGINE_UNREACHABLE or NATS_UNREACHABLE when neither took it.
   */
  submit(spec: TaskSpec, options: SubmitOptions = {}): Promise<Accepted> {
    return submitOne(this.#submitContext(), spec, options);
  }

  /**
   * Submits many tasks, in batches, several messages in flight. Resolves to one outcome for each task, in their order; a
   * refused one does not keep the others. What is refused because its band is full waits and is sent again. An async
   * iterable is read no faster than its tasks are accepted.
   */
  submitMany(specs: Specs, options: SubmitManyOptions = {}): Promise<SubmitOutcome[]> {
    return submitMany(this.#submitContext(), specs, options);
  }

  /** The task as it is now; from the history when the engine has forgotten it. Throws TASK_NOT_FOUND. */
  get(id: string): Promise<TaskView> {
    return getMerged(() => this.#call('get', { id }), this.#merged, id);
  }

  /**
   * Tasks, 1,000 at most: those of the engine first (running ones, recent verdicts, then those that wait, in run order), then those of
   * the history, the latest first. The `cursor` of the answer gives the next page of the same filter. `partial` says that there is no
   * history to ask.
   */
  list(filter: MergedRequest = {}): Promise<MergedList> {
    return listMerged((request) => this.#call('list', request), this.history, filter);
  }

  /**
   * Asks that the task end: at once when it waits, after its code has stopped when it runs. Throws TASK_SETTLED, and PRECONDITION_FAILED when
   * the `revision` of the task is not `expect` any more.
   */
  cancel(id: string, reason?: string, expect?: string): Promise<TaskView> {
    return this.#call('cancel', { id, ...defined({ reason, expect }) });
  }

  /**
   * Runs a task again that failed, timed out, was cancelled or skipped: as a new task, edited by a JSON merge patch where `edit` has one. Both
   * name each other (`redrivenAs`, `redriveOf`). The same request again resolves to the same task. Throws TASK_ACTIVE, TASK_SETTLED for one that
   * needs no repetition, REDRIVES_EXHAUSTED after five repetitions, TASK_EXISTS when it was run again with another edit, and INVALID_TASK when
   * the edit makes no valid task.
   */
  retry(id: string, options: Omit<RetryRequest, 'id'> = {}): Promise<RetryReply> {
    return this.#call('retry', { id, ...options });
  }

  /**
   * Moves an open task to another band. Throws TASK_SETTLED, FORBIDDEN or BUDGET_SPENT for a band in which the caller could not submit it, and
   * PRECONDITION_FAILED when the `revision` of the task is not `expect` any more.
   */
  reband(
    id: string,
    band: Band,
    { reason, expect }: Omit<RebandRequest, 'id' | 'band'> = {},
  ): Promise<TaskView> {
    return this.#call('reband', { id, band, ...defined({ reason, expect }) });
  }

  /**
   * Deletes a settled task, and all that is remembered of it, for good. Resolves when that is durable: the engine does not show the task
   * any more, the histories follow. The same again resolves again. Throws TASK_ACTIVE for one without a verdict, TASK_NOT_FOUND also
   * for one of another namespace, and HISTORY_UNAVAILABLE when only the history could say whose it is.
   */
  delete(id: string, { namespace = this.#namespace }: DeleteOptions = {}): Promise<DeleteReply> {
    return deleteMerged((verb, body) => this.#call(verb, body), this.history, { id, namespace });
  }

  /**
   * Counts the tasks that a filter finds and that may be acted on, shows some of them, and gives a token for exactly these. Nothing is done
   * to them. Throws INVALID_REQUEST for more than 100,000, and HISTORY_UNAVAILABLE when old tasks are looked for and there is no history.
   */
  previewBulk(request: BulkPreviewRequest): Promise<BulkPreview> {
    const namespace = request.namespace ?? this.#namespace;
    return call(this.#api(), 'bulkPreview', { ...request, namespace }, BULK_MS);
  }

  /**
   * Starts what a preview was for, as a task whose progress and result say what came of it. The same token names the same task. Throws
   * EXPIRED for a token that is too old, INVALID_REQUEST for one of somebody else, or one that was changed.
   */
  startBulk(token: string): Promise<TaskView> {
    return call(this.#api(), 'bulkStart', { token }, BULK_MS);
  }

  /** The workers that the engine knows, with what they run. */
  workers(): Promise<readonly WorkerView[]> {
    return this.#call('workers', {});
  }

  /** The state of the engine, its queues and its journal. */
  status(): Promise<EngineStatus> {
    return this.#call('status', {});
  }

  /** Why a task is where it is, or how it ended: reasons, its place, and the decisions that it was a part of. Throws TASK_NOT_FOUND. */
  why(id: string): Promise<WhyView> {
    return whyMerged(() => this.#call('why', { id }), this.#merged, id);
  }

  /** The latest decisions about who starts at whose expense, also the ones to wait; of one task when it is named. */
  decisions(
    filter: { readonly task?: string; readonly limit?: number } = {},
  ): Promise<readonly DecisionView[]> {
    return this.#call('decisions', filter);
  }

  /** What would happen now to a task like this. Nothing is done. */
  dryRun(spec: TaskSpec): Promise<DryRunView> {
    return this.#call('dryRun', spec);
  }

  /** Resolves at the verdict, whatever it is, also across restarts of the engine. Throws WAIT_TIMEOUT, TASK_NOT_FOUND. */
  wait(id: string, options: WaitOptions = {}): Promise<TaskView> {
    return this.#waitUnless({}, id, options);
  }

  /** The result of the task once it is completed. Throws the task's own error, CANCELLED, or what `wait` throws. */
  async result(id: string, options: WaitOptions = {}): Promise<unknown> {
    return resultOrThrow(await this.wait(id, options));
  }

  /** Task events as they happen, at most once: a reader that is too slow, and a lost connection, show as `{gap}`. */
  watch(filter: WatchFilter = {}, options: WatchOptions = {}): Watch {
    return watchEvents(this.#api(), this.#watched(filter), options);
  }

  /** The log of a task, oldest first. Throws INVALID_REQUEST for what is no id, JOURNAL_UNAVAILABLE when the store cannot be read. */
  logs(id: string, options: LogOptions = {}): AsyncGenerator<LogChunk, void, undefined> {
    if (this.#isCaller) {
      const settled = (task: string, left: AbortSignal): Promise<void> => this.#settled(task, left);
      return servedLogs({ history: this.history, settled }, id, options);
    }
    return readLogs(
      { ...this.#api(), streams: this.#streams, settled: (task, left) => this.#settled(task, left) },
      id,
      options,
    );
  }

  /** A worker of this client's cell; `start` makes it take tasks. Stop it before the client is closed. */
  worker(options: WorkerOptions): Worker {
    const host: WorkerHost = {
      ...this.#api(),
      streams: this.#streams,
      cell: this.#cell,
      newId: this.#newId,
      startWatchdog: this.#startWatchdog,
      sha256: this.#sha256,
    };
    return new Worker(host, options);
  }

  /** Sends what is still to be sent and closes the connection, if this client made it. */
  async close(): Promise<void> {
    if (!this.#ownsLink || this.link.isClosed()) return;
    // Draining waits for a server that may be gone; then there is nothing to wait for.
    if (isConnected(this.link)) await settlesWithin(this.link.drain(), CLOSE_MS);
    if (!this.link.isClosed()) await this.link.close();
  }

  get #merged(): MergedHistory {
    return { client: this.history, isCaller: this.#isCaller };
  }

  /** The definitions of a kind. */
  definitions<K extends DefinitionKind>(kind: K): DefinitionClient<K> {
    return new DefinitionClient(this.#api(), kind, this.#timeoutMs);
  }

  #api(): { link: Link; subjects: Subjects } {
    return { link: this.link, subjects: this.subjects };
  }

  #submitContext(): SubmitContext {
    const newId = this.#newId;
    const streamed = (id: string): void => this.#streamed.add(id);
    return {
      ...this.#api(),
      newId,
      streamed,
      ...(this.#isCaller && { messagePrefix: this.#messagePrefix }),
      ...(this.#signer && { sign: this.#sign(this.#signer) }),
    };
  }

  #sign(signer: TaskSigner): NonNullable<SubmitContext['sign']> {
    const context = {
      signer,
      namespace: this.#namespace,
      newId: this.#newId,
      sha256: this.#sha256 ?? webSha256,
    };
    return (spec) => signTask(spec, context);
  }

  #call<V extends Exclude<ApiVerb, 'wait'>>(verb: V, body: object): Promise<ReplyOf<EngineOperations[V]>> {
    return call(this.#api(), verb, body, this.#timeoutMs);
  }

  #waitUnless(reader: Pick<Waiter, 'left'>, id: string, options: WaitOptions): Promise<TaskView> {
    const waiter = { ...this.#api(), ...reader, mayComeLater: (task: string) => this.#streamed.has(task) };
    return getMerged(() => waitForVerdict(waiter, id, options), this.#merged, id);
  }

  async #settled(id: string, left: AbortSignal): Promise<void> {
    try {
      await this.#waitUnless({ left }, id, {});
    } catch (error) {
      // An old task is forgotten, but its log may be kept longer.
      if (!isAppError(error) || error.code !== 'TASK_NOT_FOUND') throw error;
    }
  }

  /** A caller may watch its own namespace only. */
  #watched(filter: WatchFilter): WatchFilter {
    return this.#isCaller ? { namespace: this.#namespace, ...filter } : { security: ANY, ...filter };
  }

  readonly #newId = (): string => this.#ulid(Date.now());
}

const clientSubjects = (root: string, namespace: string, credential: string | undefined): Subjects =>
  credential === undefined ? subjectsOf(root) : callerSubjectsOf(root, { namespace, credential });
