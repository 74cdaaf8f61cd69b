import type {
  LeaderHeartbeat,
  LeaseRef,
  SettledLease,
  SuspendedLease,
  WorkerHello,
  WorkerSignal,
} from '@precedent/contract-types';
import type { AssignedLease, EngineApi, WorkerApi } from '@precedent/ports';
import type { Clock } from '@precedent/ports';
import type { SeededRandom } from '@precedent/testkit';
import { Process } from '../engine/process.ts';
import type { SimResult } from './invariants.ts';
import { SimAhead } from './sim-ahead.ts';

export interface SimWorkerOptions {
  readonly name: string;
  readonly slots: number;
  readonly express: number;
  /** Unstarted leases that it keeps for its next free slots. */
  readonly ahead: number;
  readonly types: readonly string[];
  /** Whether it can freeze what it runs. */
  readonly freezes: boolean;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Sends a message to all engines whose endpoints are open when it arrives. */
  readonly send: (handle: (api: EngineApi) => void) => void;
  /** Brings an answer back. */
  readonly answer: (deliver: () => void) => void;
  readonly lies: () => number;
  /** Called when it crashes while tasks wait there that were assigned ahead. */
  readonly crashedWithAhead: () => void;
  readonly accepted: (id: string, epoch: number) => void;
  readonly disowned: (session: string, id: string, epoch: number) => void;
}

type FreezeSignal = Extract<WorkerSignal, { kind: 'suspend' | 'resume' }>;

const OUTCOMES = ['completed', 'failed', 'returned', 'stopped'] as const;

interface Running {
  readonly epoch: number;
  /** Milliseconds until it ends by itself; infinite: never. */
  leftMs: number;
  since: number;
  stop: () => void;
  readonly over: () => void;
  /** The decision for which it is frozen. */
  frozenFor: string | undefined;
  isStopping: boolean;
}

/** A small worker that speaks the protocol; all that it holds is lost with its session. */
export class SimWorker {
  readonly #o: SimWorkerOptions;
  #process = new Process();
  #clock: Clock;
  #session = '';
  #sessions = 0;
  #running = new Map<string, Running>();
  /** Assigned ahead and unstarted. */
  #waiting = new SimAhead();
  /** Started after they had waited; reported until that is answered. */
  #started = new Map<string, number>();
  /** Ended and not yet answered; reported until then. */
  #ended = new Map<string, SettledLease>();
  /** Every lease that this session has seen: one that comes twice is run once. */
  #seen = new Set<string>();
  #heardAt = 0;
  #engineEpoch = 0;

  constructor(options: SimWorkerOptions) {
    this.#o = options;
    this.#clock = options.clock;
  }

  get session(): string {
    return this.#session;
  }
  get busy(): number {
    return this.#running.size;
  }

  /** Begins a new session without leases. */
  start(): void {
    this.#process = new Process();
    this.#clock = this.#process.clock(this.#o.clock);
    this.#session = `${this.#o.name}-${++this.#sessions}`;
    [this.#running, this.#ended, this.#seen] = [new Map(), new Map(), new Set()];
    [this.#waiting, this.#started] = [new SimAhead(), new Map()];
    this.#heardAt = this.#clock.now();
    this.#engineEpoch = 0;
    this.#hello();
    this.#beat();
  }

  crash(downMs: number): void {
    if (this.#waiting.names().length > 0) this.#o.crashedWithAhead();
    this.#process.kill();
    this.#session = '';
    this.#o.clock.wakeAt(this.#o.clock.now() + downMs, () => this.start());
  }

  stall(ms: number): void {
    const process = this.#process;
    if (process.isFrozen) return;
    process.freeze();
    this.#o.clock.wakeAt(this.#o.clock.now() + ms, () => process.thaw());
  }

  assign(leases: readonly AssignedLease[]): void {
    this.#process.run(() => {
      for (const lease of leases) this.#take(lease);
    });
  }

  signal(signals: readonly WorkerSignal[]): void {
    this.#process.run(() => {
      for (const signal of signals) {
        if (signal.kind === 'who') this.#hello();
        if (signal.kind === 'stop') this.#stop(signal);
        if (signal.kind === 'suspend') this.#suspend(signal);
        if (signal.kind === 'resume') this.#resume(signal);
        if (signal.kind === 'recall') this.#recall(signal.leases);
      }
    });
  }

  leaderHeartbeat({ epoch }: LeaderHeartbeat): void {
    this.#process.run(() => {
      if (epoch < this.#engineEpoch) return;
      this.#heardAt = this.#clock.now();
      if (epoch === this.#engineEpoch) return;
      this.#engineEpoch = epoch;
      this.#hello();
    });
  }

  #take({ id, epoch, ahead }: AssignedLease): void {
    const name = `${id}@${epoch}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    const held = this.#running.get(id);
    if (held && held.epoch > epoch) return;
    if (held) this.#drop(id);
    this.#waiting.remove(id);
    if (ahead) {
      this.#waiting.add({ id, epoch, place: ahead });
      return this.#startNext();
    }
    if (this.#working >= this.#o.slots + this.#o.express)
      return this.#end({ id, epoch, outcome: 'returned' });
    this.#run(id, epoch);
  }

  /** Starts what waits in the slots that are free, and reports it. */
  #startNext(): void {
    const before = this.#started.size;
    while (this.#working < this.#o.slots) {
      const next = this.#waiting.next();
      if (next === undefined) break;
      this.#started.set(...next);
      this.#run(...next);
    }
    if (this.#started.size > before) this.#report();
  }

  #recall(leases: readonly LeaseRef[]): void {
    for (const [id, epoch] of leases)
      if (this.#waiting.remove(id, epoch)) this.#end({ id, epoch, outcome: 'returned' });
  }

  #run(id: string, epoch: number): void {
    const { random } = this.#o;
    // Now and then one never ends by itself.
    const ms = random.chance(0.1) ? Number.POSITIVE_INFINITY : random.int(10, 1_200);
    const over = (): void => {
      this.#running.delete(id);
      this.#end(random.chance(0.25) ? failed(id, epoch) : completed(id, epoch, this.#session));
    };
    const stop = (): void => undefined;
    const held = { epoch, leftMs: ms, since: 0, stop, over, frozenFor: undefined, isStopping: false };
    this.#running.set(id, held);
    this.#goOn(held);
  }

  #goOn(held: Running): void {
    held.since = this.#clock.now();
    if (Number.isFinite(held.leftMs)) held.stop = this.#clock.wakeAt(held.since + held.leftMs, held.over);
  }

  /** What is not frozen, and uses a slot. */
  get #working(): number {
    return [...this.#running.values()].filter(({ frozenFor }) => frozenFor === undefined).length;
  }

  /** Takes a while, and now and then does not succeed. */
  #suspend({ id, epoch, decision }: FreezeSignal): void {
    const { random, freezes } = this.#o;
    if (!freezes || random.chance(0.1)) return;
    this.#clock.wakeAt(this.#clock.now() + random.int(0, 100), () => {
      const held = this.#running.get(id);
      if (held?.epoch !== epoch || held.isStopping) return;
      if (held.frozenFor === undefined) {
        held.stop();
        held.leftMs = Math.max(1, held.leftMs - (this.#clock.now() - held.since));
      }
      held.frozenFor = decision;
      this.#startNext();
      this.#heartbeat();
    });
  }

  #resume({ id, epoch, decision }: FreezeSignal): void {
    const held = this.#running.get(id);
    if (held?.epoch === epoch && held.frozenFor === decision) this.#thaw(held);
  }

  #thaw(held: Running): void {
    if (held.frozenFor === undefined) return;
    held.frozenFor = undefined;
    this.#goOn(held);
  }

  #heartbeat(): void {
    const { session } = this;
    const running = this.#held();
    const frozen = [...this.#running].flatMap(([id, { epoch, frozenFor }]): SuspendedLease[] =>
      frozenFor === undefined ? [] : [[id, epoch, frozenFor]],
    );
    this.#o.send((api) => api.workers.heartbeat(session, running, [], frozen));
  }

  #drop(id: string): void {
    this.#running.get(id)?.stop();
    if (this.#running.delete(id)) this.#startNext();
  }

  #dropAll(): void {
    for (const { stop } of this.#running.values()) stop();
    this.#running.clear();
    this.#waiting.clear();
  }

  #stop({ id, epoch, reason, graceMs }: Extract<WorkerSignal, { kind: 'stop' }>): void {
    const held = this.#running.get(id);
    const ended = this.#ended.get(id);
    if (reason === 'lease_lost' && ended?.epoch === epoch) this.#ended.delete(id);
    if (this.#waiting.remove(id, epoch)) {
      if (reason !== 'lease_lost') this.#end({ id, epoch, outcome: 'returned' });
      return;
    }
    if (held?.epoch !== epoch) return;
    if (reason === 'lease_lost') return this.#drop(id);
    held.isStopping = true;
    this.#thaw(held);
    const ms = this.#o.random.int(0, Math.max(1, graceMs * 2));
    this.#clock.wakeAt(this.#clock.now() + ms, () => {
      if (this.#running.get(id) !== held) return;
      this.#drop(id);
      this.#end({ id, epoch, outcome: 'stopped' });
    });
  }

  #end(settled: SettledLease): void {
    this.#ended.set(settled.id, settled);
    this.#startNext();
    this.#report();
  }

  #report(): void {
    const { session } = this;
    const { random, lies } = this.#o;
    const settled = [...this.#ended.values()];
    const started = [...this.#started];
    if (settled.length + started.length === 0) return;
    const reported = random.chance(lies() / 4) ? [...settled, ...settled] : settled;
    this.#ask(
      (api, reply: (refused: readonly LeaseRef[]) => void) =>
        api.workers.report(session, reported, reply, started),
      (refused) => {
        if (session !== this.#session) return;
        for (const [id, epoch] of started) if (this.#started.get(id) === epoch) this.#started.delete(id);
        for (const { id, epoch } of settled) {
          if (this.#ended.get(id)?.epoch === epoch) this.#ended.delete(id);
          const isRefused = refused.some(([other, of]) => other === id && of === epoch);
          if (isRefused) this.#o.disowned(session, id, epoch);
          else this.#o.accepted(id, epoch);
        }
      },
    );
  }

  #hello(): void {
    const { name, slots, express, ahead, types, freezes } = this.#o;
    const running = this.#held();
    const offer: WorkerHello = {
      session: this.#session,
      worker: name,
      version: '1',
      types,
      ...(freezes && { suspends: types }),
      pools: ['default'],
      labels: {},
      resources: {},
      slots,
      express,
      ...(ahead > 0 && { ahead }),
      running,
      unstarted: this.#waiting.names(),
    };
    this.#ask<Parameters<Parameters<WorkerApi['hello']>[1]>[0]>(
      (api, reply) => api.workers.hello(offer, reply),
      (answer) => {
        if ('error' in answer || offer.session !== this.#session) return;
        this.#heardAt = this.#clock.now();
        for (const [id, epoch] of running) {
          const stillHeld = answer.keep.some(([other, of]) => other === id && of === epoch);
          if (!stillHeld) this.#waiting.remove(id, epoch);
          if (!stillHeld && this.#running.get(id)?.epoch === epoch) this.#drop(id);
        }
      },
    );
  }

  /** Running, waiting and ended ones: a lease is held until its end was answered. */
  #held(): LeaseRef[] {
    const running = [...this.#running].map(([id, { epoch }]): LeaseRef => [id, epoch]);
    const ended = [...this.#ended.values()].map(({ id, epoch }): LeaseRef => [id, epoch]);
    return [...running, ...this.#waiting.names(), ...ended.filter(([id]) => !this.#running.has(id))];
  }

  #beat(): void {
    const { heartbeatMs, leaseMs } = this.#o;
    this.#clock.wakeAt(this.#clock.now() + heartbeatMs, () => {
      // Without contact for as long as a lease lasts, the tasks may run elsewhere.
      if (this.#clock.now() - this.#heardAt > leaseMs) this.#dropAll();
      this.#heartbeat();
      this.#report();
      this.#lie(this.#held());
      this.#beat();
    });
  }

  /** Makes a false statement about leases, under its own name. */
  #lie(running: readonly LeaseRef[]): void {
    const { random, lies, send, name } = this.#o;
    if (!random.chance(lies() / 3)) return;
    const { session } = this;
    const id = `t${random.int(0, 9)}`;
    const epoch = random.int(0, 4);
    if (this.#seen.has(`${id}@${epoch}`)) return;
    // If the session holds that lease and has not received it yet, the engine accepts even this report.
    const lie = { ...completed(id, epoch, session), outcome: random.pick(OUTCOMES) };
    const kind = random.int(0, 4);
    if (kind === 0) send((api) => api.workers.report(session, [lie], () => undefined));
    if (kind === 1) send((api) => api.workers.progress(session, [id, epoch], 0.5));
    if (kind === 2)
      send((api) => api.workers.heartbeat(session, [...running, [id, epoch]], [[id, epoch, 1e9]]));
    if (kind === 4)
      send((api) => api.workers.heartbeat(session, running, [], [[id, epoch, 'no such decision']]));
    if (kind === 3) send((api) => api.workers.report(`${name}-0`, [lie], () => undefined));
  }

  #ask<T>(ask: (api: EngineApi, reply: (answer: T) => void) => void, onAnswer: (answer: T) => void): void {
    const process = this.#process;
    const { send, answer } = this.#o;
    send((api) => ask(api, (given) => answer(() => process.run(() => onAnswer(given)))));
  }
}

const completed = (id: string, epoch: number, by: string): SettledLease => {
  const result: SimResult = { of: `${id}@${epoch}`, by };
  return { id, epoch, outcome: 'completed', result };
};

const failed = (id: string, epoch: number): SettledLease => ({
  id,
  epoch,
  outcome: 'failed',
  error: { code: 'HANDLER_FAILED', message: 'it threw' },
});
