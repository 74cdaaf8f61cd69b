import type {
  LeaseRef,
  SettledLease,
  SuspendedLease,
  WorkerHello,
  WorkerSignal,
} from '@precedent/contract-types';
import type { SeededRandom } from '@precedent/kernel';
import type { AssignedLease, Clock, WorkerApi } from '@precedent/ports';
import { chanceFor } from './chance.ts';
import type { Faults } from './scenario.ts';
import { SimAttempt } from './sim-attempt.ts';
import type { AttemptEnd } from './sim-attempt.ts';
import type { Tally } from './tally.ts';
import type { SimulationLink } from './world.ts';

/** What a worker says of itself in every session. */
export type SimWorkerHello = Omit<WorkerHello, 'session' | 'running'>;

export interface SimWorkerOptions {
  readonly offer: SimWorkerHello;
  readonly seed: number;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly api: Pick<WorkerApi, 'hello' | 'heartbeat' | 'report' | 'recordStep'>;
  readonly link: SimulationLink;
  readonly tally: Tally;
  /** Draws whether a message is lost. */
  readonly network: SeededRandom;
}

type SuspendSignal = Extract<WorkerSignal, { kind: 'suspend' | 'resume' }>;

interface Held {
  readonly epoch: number;
  readonly attempt: SimAttempt;
  /** The order by which it is suspended. */
  decision?: string | undefined;
}
interface Ended {
  readonly settled: SettledLease;
  /** Work of this lease; lost when its report is refused. */
  readonly workedMs: number;
}

/** A worker as the protocol describes it, whose code is made up. What it holds dies with its session. */
export class SimWorker {
  readonly #o: SimWorkerOptions;
  #session = '';
  #sessions = 0;
  #isKnown = false;
  #detach: () => void = () => undefined;
  readonly #running = new Map<string, Held>();
  /** Reported again with every heartbeat until the engine has answered. */
  readonly #ended = new Map<string, Ended>();

  constructor(options: SimWorkerOptions) {
    this.#o = options;
  }

  /** Begins a session with nothing in hand. */
  start(): void {
    const { offer, link } = this.#o;
    this.#session = `${offer.worker}-${++this.#sessions}`;
    this.#detach = link.attach(this.#session, {
      assign: (leases) => leases.forEach((lease) => this.#take(lease)),
      signal: (signals) => signals.forEach((signal) => this.#onSignal(signal)),
    });
    this.#hello();
  }

  /** Dies without a message, and is started again after a while. */
  crash(): void {
    const { tally, clock, faults } = this.#o;
    tally.crashes++;
    this.#detach();
    for (const id of this.#running.keys()) this.#drop(id);
    this.#ended.clear();
    [this.#session, this.#isKnown] = ['', false];
    clock.wakeAt(clock.now() + faults.restartMs, () => this.start());
  }

  get isUp(): boolean {
    return this.#session !== '';
  }

  /** Its sign of life. */
  beat(): void {
    if (!this.isUp) return;
    if (!this.#isKnown) return this.#hello();
    const { api } = this.#o;
    const running = this.#held();
    if (!this.#isLost()) api.heartbeat(this.#session, running, [], this.#suspended());
    if (this.#ended.size > 0) this.#report([...this.#ended.values()].map(({ settled }) => settled));
  }

  /** The simulation is over: what still runs has had its slot until now. */
  finish(): void {
    const { tally } = this.#o;
    for (const [id, { attempt }] of this.#running) {
      const band = tally.open.get(id)?.band;
      if (band === undefined) continue;
      tally.occupied(band, attempt.slotMs, 0);
      tally.bands[band].usefulMs += attempt.unsavedMs;
    }
  }

  #take(lease: AssignedLease): void {
    const { id, epoch } = lease;
    const { tally, offer } = this.#o;
    const held = this.#running.get(id);
    if (held && held.epoch >= epoch) return;
    if (held) this.#drop(id);
    const plan = tally.open.get(id)?.plan;
    const busy = this.#running.size - this.#suspended().length;
    if (plan === undefined || busy >= offer.slots + (offer.express ?? 0))
      return this.#settle({ id, epoch, outcome: 'returned' }, 0);
    let seq = 0;
    const resumedMs = resumedMsOf(lease);
    const attempt = new SimAttempt({
      plan,
      resumedMs,
      failsAtMs: this.#failsAtMs(lease, plan.workMs - resumedMs) + resumedMs,
      clock: this.#o.clock,
      saveCheckpoint: (doneMs, onSaved) => this.#saveCheckpoint([id, epoch], ++seq, { doneMs, onSaved }),
      ended: (end) => this.#over([id, epoch], attempt, end),
    });
    this.#running.set(id, { epoch, attempt });
  }

  /** Drawn for the attempt, so that it is the same under every policy. */
  #failsAtMs({ id, attempt }: AssignedLease, leftMs: number): number {
    const { failureRate } = this.#o.faults;
    if (failureRate === 0) return Number.POSITIVE_INFINITY;
    const random = chanceFor(this.#o.seed, `fails ${id} ${attempt}`);
    return random.chance(failureRate) ? Math.ceil(random.next() * leftMs) : Number.POSITIVE_INFINITY;
  }

  #saveCheckpoint(
    lease: LeaseRef,
    seq: number,
    { doneMs, onSaved }: { doneMs: number; onSaved: () => void },
  ): void {
    const { api, tally } = this.#o;
    const session = this.#session;
    const state = { doneMs };
    const step = { kind: 'checkpoint' as const, seq, hash: '', version: '1', bytes: 0, state };
    // A worker repeats a step until it is answered, so no loss is drawn for it.
    api.recordStep(session, lease, step, (answer) => {
      if (session !== this.#session) return;
      if ('error' in answer) return this.#drop(lease[0]);
      const task = tally.open.get(lease[0]);
      if (task) task.savedMs = doneMs;
      onSaved();
    });
  }

  #onSignal(signal: WorkerSignal): void {
    if (signal.kind === 'who') return this.#hello();
    if (signal.kind === 'ping') return this.beat();
    if (signal.kind === 'drain' || signal.kind === 'recall') return;
    const held = this.#running.get(signal.id);
    if (held?.epoch !== signal.epoch) return;
    if (signal.kind === 'yield') return held.attempt.yield();
    if (signal.kind !== 'stop') return this.#suspendOrResume(held, signal);
    held.decision = undefined;
    if (signal.reason === 'lease_lost') return this.#drop(signal.id);
    held.attempt.stop(signal.graceMs);
  }

  /** The heartbeat follows at once, because the slot is free, or taken, only when the engine knows. */
  #suspendOrResume(held: Held, { kind, decision }: SuspendSignal): void {
    const isSuspendedBy = held.decision === decision;
    // A repeated signal: the next heartbeat answers it.
    if (isSuspendedBy === (kind === 'suspend')) return;
    held.decision = kind === 'suspend' ? decision : undefined;
    if (kind === 'suspend') held.attempt.suspend();
    else held.attempt.resume();
    this.beat();
  }

  #suspended(): SuspendedLease[] {
    return [...this.#running].flatMap(([id, { epoch, decision }]): SuspendedLease[] =>
      decision === undefined ? [] : [[id, epoch, decision]],
    );
  }

  #over([id, epoch]: LeaseRef, attempt: SimAttempt, end: AttemptEnd): void {
    if (this.#running.get(id)?.attempt !== attempt) return;
    this.#running.delete(id);
    this.#count(id, attempt, end === 'completed' ? 0 : attempt.unsavedMs);
    const error = {
      code: 'HANDLER_FAILED' as const,
      message: 'made up',
      retryable: attempt.plan.fails !== true,
    };
    const settled = { id, epoch, outcome: end, ...(end === 'failed' && { error }) };
    this.#settle(settled, end === 'completed' ? attempt.unsavedMs : 0);
  }

  /** Ends its code without a report. */
  #drop(id: string): void {
    const held = this.#running.get(id);
    if (held === undefined) return;
    this.#running.delete(id);
    held.attempt.halt();
    this.#count(id, held.attempt, held.attempt.unsavedMs);
  }

  #count(id: string, attempt: SimAttempt, lostMs: number): void {
    const { tally } = this.#o;
    const band = tally.open.get(id)?.band ?? attempt.plan.task.band ?? 'normal';
    tally.occupied(band, attempt.slotMs, lostMs);
  }

  #settle(settled: SettledLease, workedMs: number): void {
    this.#ended.set(settled.id, { settled, workedMs });
    this.#report([settled]);
  }

  #report(settled: readonly SettledLease[]): void {
    const session = this.#session;
    if (this.#isLost()) return;
    this.#o.api.report(session, settled, (refused) => {
      if (session !== this.#session || this.#isLost()) return;
      for (const { id, epoch } of settled) this.#answered(id, epoch, refused);
    });
  }

  #answered(id: string, epoch: number, refused: readonly LeaseRef[]): void {
    const ended = this.#ended.get(id);
    if (ended?.settled.epoch !== epoch) return;
    this.#ended.delete(id);
    // Another worker has settled it meanwhile: this one has worked for nothing.
    const band = refused.some(([other]) => other === id) ? this.#o.tally.open.get(id)?.band : undefined;
    if (band !== undefined) this.#o.tally.occupied(band, 0, ended.workedMs);
  }

  #hello(): void {
    const session = this.#session;
    if (this.#isLost()) return;
    const running = this.#held();
    this.#o.api.hello({ ...this.#o.offer, session, running }, (answer) => {
      if ('error' in answer || session !== this.#session || this.#isLost()) return;
      this.#isKnown = true;
      for (const [id, epoch] of running) {
        const goesOn = answer.keep.some(([other, of]) => other === id && of === epoch);
        if (!goesOn && this.#running.get(id)?.epoch === epoch) this.#drop(id);
      }
    });
  }

  /** Running and ended ones: a lease is held until its end was answered. */
  #held(): LeaseRef[] {
    const running = [...this.#running].map(([id, { epoch }]): LeaseRef => [id, epoch]);
    const ended = [...this.#ended.values()].map(({ settled }): LeaseRef => [settled.id, settled.epoch]);
    return [...running, ...ended.filter(([id]) => !this.#running.has(id))];
  }

  #isLost(): boolean {
    const { network, faults } = this.#o;
    return faults.lostMessages > 0 && network.chance(faults.lostMessages);
  }
}

const resumedMsOf = ({ resume }: AssignedLease): number => {
  const state = resume?.checkpoint?.state;
  if (typeof state !== 'object' || state === null || !('doneMs' in state)) return 0;
  return typeof state.doneMs === 'number' ? state.doneMs : 0;
};
