import type {
  LeaderHeartbeat,
  HelloReply,
  LeaseRef,
  MachineLoad,
  QuietLease,
  SettledLease,
  SuspendedLease,
  WorkerSignal,
} from '@precedent/contract-types';
import type { CellOptions } from '@precedent/engine';
import type { MemoryWorkerLink } from '@precedent/memory';
import type { AssignedLease, Clock, EngineApi, OrProblem, Reply } from '@precedent/ports';

/** What a worker needs of the world that it is in. */
export interface CoOccurringTasks {
  readonly link: MemoryWorkerLink;
  readonly clock: Clock;
  readonly api: EngineApi;
  readonly host: { readonly options: CellOptions };
  ask<T>(send: (api: EngineApi, reply: Reply<T>) => void): Promise<T>;
  settle(): Promise<void>;
}

export interface WorkerTraits {
  readonly worker?: string;
  readonly session?: string;
  readonly slots?: number;
  readonly types?: readonly string[];
  readonly suspends?: readonly string[];
  readonly pools?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: { readonly cpu?: number; readonly memoryMb?: number; readonly gpu?: number };
  /** `false`: it says its heartbeat only when the test asks for it. */
  readonly beats?: boolean;
}

type Ending = Partial<Omit<SettledLease, 'id'>>;

/** A worker that does what the test says, and keeps what the engine told it. */
export class ScriptedWorker {
  readonly session: string;
  readonly worker: string;
  readonly assigned: AssignedLease[] = [];
  readonly signals: WorkerSignal[] = [];
  readonly beacons: LeaderHeartbeat[] = [];
  /** What it holds, as it says in its heartbeats: epoch by task id. */
  readonly running = new Map<string, number>();
  /** What it holds frozen, as it says in its heartbeats: the decision by task id. */
  readonly frozen = new Map<string, string>();
  readonly #world: CoOccurringTasks;
  readonly #traits: WorkerTraits;
  #detach: () => void = () => undefined;
  #disarm: () => void = () => undefined;

  constructor(world: CoOccurringTasks, traits: WorkerTraits) {
    this.#world = world;
    this.#traits = traits;
    this.worker = traits.worker ?? 'w1';
    this.session = traits.session ?? `${this.worker}-s1`;
  }

  /** The ids of everything that was ever assigned, in order. */
  get ids(): readonly string[] {
    return this.assigned.map(({ id }) => id);
  }

  /** The stop signals, as `id reason graceMs`. */
  get stops(): readonly string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === 'stop' ? [`${signal.id} ${signal.reason} ${signal.graceMs}`] : [],
    );
  }

  /** The signals to freeze and to thaw, as `suspend id`. */
  get freezes(): readonly string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === 'suspend' || signal.kind === 'resume' ? [`${signal.kind} ${signal.id}`] : [],
    );
  }

  /** Freezes what it was told to last, and says so. */
  async freeze(id: string): Promise<void> {
    const order = this.signals.findLast((signal) => signal.kind === 'suspend' && signal.id === id);
    if (order?.kind !== 'suspend' || order.decision === undefined)
      throw new Error(`it has no order to suspend ${id}`);
    this.frozen.set(id, order.decision);
    this.heartbeat();
    await this.#world.settle();
  }

  /** Listens, and introduces itself with what it holds. */
  /** How busy its machine is, as it says in its hello. */
  load: MachineLoad | undefined;

  async hello(): Promise<OrProblem<HelloReply>> {
    this.listen();
    const { slots = 1, types = ['report'], pools = ['default'], labels = {}, resources = {} } = this.#traits;
    const { session, worker } = this;
    const { suspends } = this.#traits;
    const { load } = this;
    const offer = { session, worker, version: '1', types, pools, labels, resources, slots };
    const running = [...this.running];
    const answer = await this.#world.ask<OrProblem<HelloReply>>((api, reply) =>
      api.workers.hello({ ...offer, ...(suspends && { suspends }), ...(load && { load }), running }, reply),
    );
    if (this.#traits.beats !== false) this.#beat();
    await this.#world.settle();
    return answer;
  }

  listen(): void {
    this.#detach = this.#world.link.attach(this.session, {
      assign: (leases) => {
        this.assigned.push(...leases);
        for (const { id, epoch } of leases) this.running.set(id, epoch);
      },
      signal: (signals) => this.#hear(signals),
      leaderHeartbeat: (beacon) => void this.beacons.push(beacon),
    });
  }

  /** Says nothing more of itself; it still hears. */
  silence(): void {
    this.#disarm();
  }

  /** It is not there any more: nobody listens. */
  vanish(): void {
    this.#disarm();
    this.#detach();
  }

  heartbeat(running: readonly LeaseRef[] = [...this.running], quiet: readonly QuietLease[] = []): void {
    const frozen = [...this.frozen].map(([id, decision]): SuspendedLease => {
      return [id, this.running.get(id) ?? 0, decision];
    });
    this.#world.api.workers.heartbeat(this.session, running, quiet, frozen);
  }

  complete(id: string, result?: unknown): Promise<readonly LeaseRef[]> {
    return this.end(id, { outcome: 'completed', result });
  }

  fail(id: string, ending: Ending = {}): Promise<readonly LeaseRef[]> {
    const error = { code: 'HANDLER_FAILED' as const, message: 'it threw' };
    return this.end(id, { outcome: 'failed', error, ...ending });
  }

  /** Reports the end of a lease that it holds. Gives what was refused. */
  end(id: string, ending: Ending): Promise<readonly LeaseRef[]> {
    const epoch = ending.epoch ?? this.running.get(id) ?? 0;
    this.running.delete(id);
    this.frozen.delete(id);
    return this.report({ outcome: 'completed', ...ending, id, epoch });
  }

  report(...settled: readonly SettledLease[]): Promise<readonly LeaseRef[]> {
    return this.#world.ask((api, reply) => api.workers.report(this.session, settled, reply));
  }

  async bye(): Promise<void> {
    this.#disarm();
    await this.#world.ask<void>((api, reply) => api.workers.bye(this.session, reply));
  }

  #hear(signals: readonly WorkerSignal[]): void {
    this.signals.push(...signals);
    for (const signal of signals) {
      if (signal.kind === 'resume' && this.frozen.get(signal.id) === signal.decision)
        this.frozen.delete(signal.id);
    }
  }

  #beat(): void {
    this.#disarm();
    const { clock } = this.#world;
    this.#disarm = clock.wakeAt(clock.now() + this.#world.host.options.worker.heartbeatMs, () => {
      this.heartbeat();
      this.#beat();
    });
  }
}
