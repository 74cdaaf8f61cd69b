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

/** The part of the world that a worker uses. */
export interface WorkerWorld {
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
  readonly express?: number;
  /** Leases that it keeps for its next free slots. */
  readonly ahead?: number;
  readonly types?: readonly string[];
  readonly suspends?: readonly string[];
  readonly pools?: readonly string[];
  readonly clearances?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: { readonly cpu?: number; readonly memoryMb?: number; readonly gpu?: number };
  /** `false`: it sends a heartbeat only when the test calls `heartbeat`. */
  readonly beats?: boolean;
}

type Ending = Partial<Omit<SettledLease, 'id'>>;

/** A worker that the test controls, and that records the messages of the engine. */
export class ScriptedWorker {
  readonly session: string;
  readonly worker: string;
  readonly assigned: AssignedLease[] = [];
  readonly signals: WorkerSignal[] = [];
  readonly leaderHeartbeats: LeaderHeartbeat[] = [];
  /** The leases in its heartbeats: epoch by task id. */
  readonly running = new Map<string, number>();
  /** Leases that were assigned ahead and have not started. They are among those in its heartbeats. */
  readonly unstarted = new Set<string>();
  /** The frozen leases in its heartbeats: the decision by task id. */
  readonly frozen = new Map<string, string>();
  readonly #world: WorkerWorld;
  readonly #traits: WorkerTraits;
  #detach: () => void = () => undefined;
  #disarm: () => void = () => undefined;

  constructor(world: WorkerWorld, traits: WorkerTraits) {
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

  /** The leases that the engine wants back, in the order of the signals. */
  get recalls(): readonly string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === 'recall' ? signal.leases.map(([id]) => id) : [],
    );
  }

  /** The signals to freeze and to thaw, as `suspend id`. */
  get freezes(): readonly string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === 'suspend' || signal.kind === 'resume' ? [`${signal.kind} ${signal.id}`] : [],
    );
  }

  /** Freezes a task as the last suspend signal orders, and reports that in a heartbeat. */
  async freeze(id: string): Promise<void> {
    const order = this.signals.findLast((signal) => signal.kind === 'suspend' && signal.id === id);
    if (order?.kind !== 'suspend' || order.decision === undefined)
      throw new Error(`the worker has no order to suspend ${id}`);
    this.frozen.set(id, order.decision);
    this.heartbeat();
    await this.#world.settle();
  }

  /** The load of its machine, which it reports in its hello. */
  load: MachineLoad | undefined;

  /** Subscribes, and sends a hello with the leases that it holds. */
  async hello(): Promise<OrProblem<HelloReply>> {
    this.subscribe();
    const { slots = 1, types = ['report'], pools = ['default'], labels = {}, resources = {} } = this.#traits;
    const { clearances } = this.#traits;
    const { session, worker } = this;
    const { suspends, express, ahead } = this.#traits;
    const unstarted = [...this.running].filter(([id]) => this.unstarted.has(id));
    const { load } = this;
    const offer = { session, worker, version: '1', types, pools, clearances, labels, resources, slots };
    const running = [...this.running];
    const answer = await this.#world.ask<OrProblem<HelloReply>>((api, reply) =>
      api.workers.hello(
        {
          ...offer,
          ...(suspends && { suspends }),
          ...(express && { express }),
          ...(ahead && { ahead }),
          ...(unstarted.length > 0 && { unstarted }),
          ...(load && { load }),
          running,
        },
        reply,
      ),
    );
    if (this.#traits.beats !== false) this.#heartbeatLater();
    await this.#world.settle();
    return answer;
  }

  subscribe(): void {
    this.#detach = this.#world.link.attach(this.session, {
      assign: (leases) => {
        this.assigned.push(...leases);
        for (const { id, epoch, ahead: waits } of leases) {
          this.running.set(id, epoch);
          if (waits) this.unstarted.add(id);
        }
      },
      signal: (signals) => this.#receive(signals),
      leaderHeartbeat: (heartbeat) => void this.leaderHeartbeats.push(heartbeat),
    });
  }

  /** Sends no more heartbeats; it still receives messages. */
  stopHeartbeats(): void {
    this.#disarm();
  }

  /** Ends its subscriptions, so that the engine's messages find no subscriber. */
  disconnect(): void {
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

  /** Reports the end of a lease that it holds. Resolves to the refused leases. */
  end(id: string, ending: Ending): Promise<readonly LeaseRef[]> {
    const epoch = ending.epoch ?? this.running.get(id) ?? 0;
    this.running.delete(id);
    this.unstarted.delete(id);
    this.frozen.delete(id);
    return this.report({ outcome: 'completed', ...ending, id, epoch });
  }

  /** Reports that a task has ended, and that one which waited has started in its slot. */
  completeAndStart(id: string, next: string): Promise<readonly LeaseRef[]> {
    const settled = { outcome: 'completed' as const, id, epoch: this.running.get(id) ?? 0 };
    const started: LeaseRef[] = [[next, this.running.get(next) ?? 0]];
    this.running.delete(id);
    this.unstarted.delete(next);
    return this.#world.ask((api, reply) => api.workers.report(this.session, [settled], reply, started));
  }

  report(...settled: readonly SettledLease[]): Promise<readonly LeaseRef[]> {
    return this.#world.ask((api, reply) => api.workers.report(this.session, settled, reply));
  }

  async bye(): Promise<void> {
    this.#disarm();
    await this.#world.ask<void>((api, reply) => api.workers.bye(this.session, reply));
  }

  #receive(signals: readonly WorkerSignal[]): void {
    this.signals.push(...signals);
    for (const signal of signals) {
      if (signal.kind === 'resume' && this.frozen.get(signal.id) === signal.decision)
        this.frozen.delete(signal.id);
    }
  }

  #heartbeatLater(): void {
    this.#disarm();
    const { clock } = this.#world;
    this.#disarm = clock.wakeAt(clock.now() + this.#world.host.options.worker.heartbeatMs, () => {
      this.heartbeat();
      this.#heartbeatLater();
    });
  }
}
