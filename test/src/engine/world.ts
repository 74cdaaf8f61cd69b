import { readRunPayload } from '@precedent/nats';
import type {
  DeleteReply,
  DeleteRequest,
  EngineSnapshot,
  ListReply,
  ListRequest,
  RetryReply,
  RetryRequest,
  Signer,
  SubmitReply,
  TaskView,
  WorkerView,
} from '@precedent/contract-types';
import { celConditions } from '@precedent/cel';
import { Engine, recover } from '@precedent/engine';
import type { CellOptions, CellPorts, CellState } from '@precedent/engine';
import { AppError, service, ulids } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { memoryLog, memoryWorkerLink, MemoryStorage } from '@precedent/memory';
import type { MemoryLog } from '@precedent/memory';
import { checkClientSpec } from '@precedent/nats';
import type {
  ArchivedVerdict,
  EngineApi,
  Offer,
  OrProblem,
  Reply,
  RunTraces,
  Telemetry,
  TelemetryEvent,
  LeaseStore,
  Zones,
} from '@precedent/ports';
import { readEnvelope } from '@precedent/tasks';
import { systemZones } from '@precedent/processes';
import type { JournalRecord, Submission } from '@precedent/tasks';
import { seededRandom, virtualClock, collectingFeed, memoryLeaseStore } from '@precedent/testkit';
import { chanceOf } from './chance.ts';
import { Carrier } from './carrier.ts';
import { CopiedLog } from './copied-log.ts';
import { countingLog } from './counting-log.ts';
import { cellOptions } from './options.ts';
import { Process } from './process.ts';
import { ScriptedWorker } from './scripted-worker.ts';
import type { WorkerTraits } from './scripted-worker.ts';
import { plainState } from './plain-state.ts';
import type { PlainState } from './plain-state.ts';

/** The answers to one request so far; there must be one at most. */
export interface Answer<T> {
  readonly all: readonly T[];
  readonly value: T | undefined;
}

/** One engine in a process of its own, over the stores that it shares with others. */
export interface Host {
  readonly owner: string;
  readonly engine: Engine;
  readonly process: Process;
  readonly journal: MemoryLog;
  readonly snapshots: MemoryLog;
  /** Between this engine and the journal. */
  readonly carrier: Carrier;
  /** Between this engine and its snapshots. */
  readonly snapshotCarrier: Carrier;
  /** What happened to its endpoints, in order: `open service`, `open submission`, `close …`. */
  readonly endpoints: readonly string[];
  readonly problems: readonly Problem[];
  readonly ports: CellPorts;
  readonly options: CellOptions;
  /** Of the cell that was opened last. */
  api(): EngineApi;
}

export interface LogTraits {
  readonly maxEntryBytes?: number;
  /** The journal accepts an append by the number of entries alone, whichever client wrote the earlier ones. */
  readonly countsOnly?: boolean;
}

export interface WorldOptions extends Partial<CellOptions> {
  /** `false`: no engine runs at first. */
  readonly started?: boolean;
}

/** A small world around engines: virtual time, stores in memory, a link to scripted workers. */
export class World {
  readonly clock = virtualClock();
  readonly journal = new MemoryStorage();
  readonly snapshots = new MemoryStorage();
  readonly leases = memoryLeaseStore(this.clock);
  readonly link = memoryWorkerLink((run) => this.clock.defer(run));
  readonly feed = collectingFeed();
  readonly telemetry: TelemetryEvent[] = [];
  /** Large checkpoints that are not needed any more. */
  readonly removedBlobs: string[] = [];
  /** Tasks whose output is to be removed. */
  readonly removedLogs: string[] = [];
  /** They get the telemetry events of the engines at the moment of their emission. */
  readonly listeners: Telemetry[] = [];
  /** The trace context of runs; by default that of an engine without tracing. */
  traces: RunTraces = { traceparentOf: () => undefined };
  /** The keys with which principals sign, as the registry of a closed cell has them. */
  readonly signers = new Map<string, Signer>();
  /** The verdicts that the history has; `away`: it does not answer. */
  readonly history = { verdicts: new Map<string, ArchivedVerdict>(), away: false };
  /** Another version of its data may be set before an engine starts. */
  zones: Zones = systemZones();
  readonly #conditions = celConditions();
  readonly #hosts: Host[] = [];
  /** Engines that the message server takes for gone: their connection is broken. */
  readonly #cutOff = new Set<string>();
  readonly #cutOffListeners = new Map<string, () => void>();
  readonly #ids = ulids(chanceOf(seededRandom(1)));
  readonly #options: Partial<CellOptions>;
  /** The random number that the engine uses for jitter. */
  chance = 0;
  host: Host;

  constructor(options: Partial<CellOptions>) {
    this.#options = options;
    this.host = this.make();
  }

  get api(): EngineApi {
    return this.host.api();
  }
  get engine(): Engine {
    return this.host.engine;
  }
  get now(): number {
    return this.clock.now();
  }

  /** An engine that was not started yet. */
  make(owner = 'e1', more: Partial<CellOptions> = {}, traits: LogTraits = {}): Host {
    const process = new Process();
    const [carrier, snapshotCarrier] = [new Carrier(), new Carrier()];
    const now = (): number => this.clock.now();
    const { maxEntryBytes = 1_048_576, countsOnly = false } = traits;
    const journal = memoryLog({ storage: this.journal, now, carry: carrier.carry, maxEntryBytes });
    const carry = snapshotCarrier.carry;
    const snapshots = memoryLog({ storage: this.snapshots, now, carry, maxEntryBytes });
    const log = countsOnly ? countingLog(journal, carrier) : journal;
    const options = cellOptions({ ...this.#options, ...more, owner });
    const ports: CellPorts = {
      clock: process.clock(this.clock),
      journal: process.log(log),
      snapshots: process.log(snapshots),
      leases: process.leases(this.#leasesOf(owner)),
      leader: {
        announce: async () => this.#hosts.some((host) => this.#isReached(host)),
        onBroken: (listener) => void this.#cutOffListeners.set(owner, listener),
      },
      workers: this.link,
      feed: this.feed,
      blobs: { remove: (refs) => void this.removedBlobs.push(...refs) },
      logs: { remove: (id) => void this.removedLogs.push(id) },
      conditions: this.#conditions,
      readRunPayload,
      zones: this.zones,
      archive: {
        verdicts: async (_namespace, ids) => {
          const { away, verdicts } = this.history;
          if (away) throw new AppError('HISTORY_UNAVAILABLE', 'no answer');
          return new Map([...verdicts].filter(([id]) => ids.includes(id)));
        },
      },
      checkSpec: checkClientSpec,
      telemetry: { emit: (event) => this.#emit(event) },
      traces: { traceparentOf: (task) => this.traces.traceparentOf(task) },
      signers: { signerOf: (id) => this.signers.get(id) },
      ids: this.#ids,
      random: () => this.chance,
    };
    const host = hostOf({ owner, process, carrier, snapshotCarrier, journal, snapshots, options, ports });
    this.#hosts.push(host);
    return host;
  }

  /** Breaks the connection of an engine for good. */
  cutOff({ owner }: Host): void {
    this.#cutOff.add(owner);
    this.#cutOffListeners.get(owner)?.();
  }

  /** The lease store, out of reach for an engine that is cut off. */
  #leasesOf(owner: string): LeaseStore {
    const { leases } = this;
    const reach = async <T>(call: () => Promise<T>): Promise<T> => {
      if (this.#cutOff.has(owner)) throw new AppError('NATS_UNREACHABLE', 'no connection');
      return call();
    };
    return {
      ttlMs: leases.ttlMs,
      acquire: (cell, name, dead) => reach(() => leases.acquire(cell, name, dead)),
      renew: (cell, name) => reach(() => leases.renew(cell, name)),
      release: (cell, name) => reach(() => leases.release(cell, name)),
    };
  }

  /** Whether the message server passes something on to the engine: its endpoints are open, also while it is frozen. */
  #isReached({ owner, process, endpoints }: Host): boolean {
    const isOpen = endpoints.includes('open service') && !endpoints.includes('close service');
    return isOpen && !process.isDead && !this.#cutOff.has(owner);
  }

  /** Starts an engine and makes it the one that `api` and the workers use. */
  async start(host: Host = this.host): Promise<Host> {
    this.host = host;
    const started = host.engine.start();
    await Promise.all([started, this.clock.settle()]);
    return host;
  }

  /** Kills the engine. Pending appends do not arrive, except the first `landing`. */
  crash(landing = 0): void {
    this.host.process.kill();
    this.host.journal.cut(landing);
    this.host.snapshots.cut();
  }

  /** Another engine over the same stores, as the same owner unless named. */
  async restart(owner = 'e1', more: Partial<CellOptions> = {}): Promise<Host> {
    return this.start(this.make(owner, more));
  }

  /** Sends a request; the result shows its answers as they come. */
  send<T>(call: (api: EngineApi, reply: Reply<T>) => void): Answer<T> {
    const all: T[] = [];
    call(this.api, (answer) => void all.push(answer));
    return {
      all,
      get value() {
        return all[0];
      },
    };
  }

  /** Sends a request and resolves to its answer, which must come without time passing. */
  async ask<T>(call: (api: EngineApi, reply: Reply<T>) => void): Promise<T> {
    const answer = this.send(call);
    await this.clock.settle();
    const [first, ...more] = answer.all;
    if (answer.all.length === 0) throw new Error('nothing was answered');
    if (more.length > 0) throw new Error('the request was answered more than once');
    return first as T;
  }

  offer(...offers: readonly Offer[]): Promise<readonly SubmitReply[]> {
    return this.ask((api, reply) => api.tasks.submit(offers, reply));
  }

  /** Submits tasks that must be accepted, and resolves to their ids. */
  async submit(...tasks: readonly Submission[]): Promise<readonly string[]> {
    const answers = await this.offer(...tasks.map((task) => ({ task })));
    return answers.map((answer) => {
      if ('error' in answer) throw new Error(`refused: ${answer.error.code} ${answer.error.message}`);
      return answer.id;
    });
  }

  /** Submits one task and resolves to the answer, also a refusal. */
  async trySubmit(task: Submission): Promise<SubmitReply> {
    const [answer] = await this.offer({ task });
    if (answer === undefined) throw new Error('nothing was answered');
    return answer;
  }

  async get(id: string): Promise<TaskView> {
    const answer = await this.ask<TaskView | { error: Problem }>((api, reply) => api.tasks.get(id, reply));
    if ('submittedAt' in answer) return answer;
    throw new Error(`${answer.error?.code}: ${answer.error?.message}`);
  }

  /** The state of a task in one word. */
  async stateOf(id: string): Promise<string> {
    return (await this.get(id)).state;
  }

  retry(id: string, options: Omit<RetryRequest, 'id'> = {}): Promise<RetryReply | { error: Problem }> {
    return this.ask((api, reply) => api.tasks.retry({ id, ...options }, reply));
  }
  cancel(id: string, reason = 'not wanted'): Promise<TaskView | { error: Problem }> {
    return this.ask((api, reply) => api.tasks.cancel({ id, reason }, reply));
  }

  delete(id: string, more: Partial<DeleteRequest> = {}): Promise<OrProblem<DeleteReply>> {
    return this.ask((api, reply) => api.tasks.delete({ id, namespace: 'default', ...more }, reply));
  }

  status(): Promise<EngineSnapshot> {
    return this.ask((api, reply) => api.explanations.status(reply));
  }

  async list(
    filter: ListRequest = {},
  ): Promise<{ readonly ids: readonly string[]; readonly truncated: boolean }> {
    const { tasks, truncated } = await this.ask<ListReply>((api, reply) => api.tasks.list(filter, reply));
    return { ids: tasks.map(({ id }) => id), truncated };
  }

  workers(): Promise<readonly WorkerView[]> {
    return this.ask((api, reply) => api.explanations.workers(reply));
  }

  /** A worker that has sent its hello, and sends heartbeats until the test stops them. */
  async worker(traits: WorkerTraits = {}): Promise<ScriptedWorker> {
    const worker = new ScriptedWorker(this, traits);
    await worker.hello();
    return worker;
  }

  /** Lets time pass. Milliseconds. */
  advance(ms: number): Promise<void> {
    return this.clock.advanceTo(this.now + ms);
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** Every record in the journal, with the epoch of its entry. */
  records(): readonly (JournalRecord & { readonly seq: number; readonly writer: number })[] {
    return this.journal.entries.flatMap((entry) => {
      const { records, epoch } = readEnvelope(entry);
      return records.map((record) => ({ ...record, seq: entry.seq, writer: epoch }));
    });
  }

  /** The kinds of the records of one task, in order. */
  kindsOf(id: string): readonly string[] {
    return this.records().flatMap((record) => ('id' in record && record.id === id ? [record.kind] : []));
  }

  /** The kinds of the records of a task, by the journal entry that holds them. */
  kindsByEntry(id: string): readonly (readonly string[])[] {
    const entries = Map.groupBy(
      this.records().filter((record) => 'id' in record && record.id === id),
      ({ seq }) => seq,
    );
    return [...entries.values()].map((records) => records.map(({ kind }) => kind));
  }

  #emit(event: TelemetryEvent): void {
    this.telemetry.push(event);
    for (const listener of this.listeners) listener.emit(event);
  }

  events(name: TelemetryEvent['name']): readonly TelemetryEvent[] {
    return this.telemetry.filter((event) => event.name === name);
  }

  /** The state that the running engine has in memory. */
  memory(): PlainState {
    const state = this.engine.cell?.state;
    if (state === undefined) throw new Error('no cell is open');
    return plainState(state);
  }

  /** The state that another engine would rebuild from the stores, which stay as they are. */
  async rebuilt(from: 'journal' | 'snapshot'): Promise<CellState> {
    const { options, ports } = this.host;
    const journal = new CopiedLog(this.journal);
    const snapshots = new CopiedLog(from === 'snapshot' ? this.snapshots : new MemoryStorage());
    const { state } = await recover(options, { ...ports, journal, snapshots });
    return state;
  }
}

type HostParts = Omit<Host, 'engine' | 'endpoints' | 'problems' | 'api'>;

const hostOf = (parts: HostParts): Host => {
  const endpoints: string[] = [];
  const problems: Problem[] = [];
  let api: EngineApi | undefined;
  const endpoint = (name: string) => (opened: EngineApi) => {
    api = opened;
    const note = (what: string) => async (): Promise<void> => void endpoints.push(`${what} ${name}`);
    return [service({ name, open: note('open'), close: note('close') })];
  };
  const opened = { service: endpoint('service'), submission: endpoint('submission') };
  const engine = new Engine(parts.options, parts.ports, opened);
  engine.onFailed = (problem) => void problems.push(problem);
  return {
    ...parts,
    engine,
    endpoints,
    problems,
    api: () => {
      if (api === undefined) throw new Error('no endpoint was opened');
      return api;
    },
  };
};

export const world = async ({ started = true, ...options }: WorldOptions = {}): Promise<World> => {
  const made = new World(options);
  if (started) await made.start();
  return made;
};

/** A task that the scripted workers accept. */
export const aTask = (task: Submission = {}): Submission => ({ type: 'report', payload: { n: 1 }, ...task });
