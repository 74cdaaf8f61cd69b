import { recover } from '@precedent/engine';
import type { CellPorts } from '@precedent/engine';
import { hash53, ulids } from '@precedent/kernel';
import { MemoryStorage } from '@precedent/memory';
import type { EngineApi, LeaseStore, TelemetryEvent } from '@precedent/ports';
import { seededRandom, virtualClock, memoryLeaseStore } from '@precedent/testkit';
import type { SeededRandom } from '@precedent/testkit';
import { CopiedLog } from '../engine/copied-log.ts';
import { plainState } from '../engine/plain-state.ts';
import type { Process } from '../engine/process.ts';
import { chanceOf } from '../engine/chance.ts';
import { Faults, failingLeases } from './faults.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import { anOffer, TYPES } from './offers.ts';
import { AGING, CALM, NO_AGING, planOf } from './plan.ts';
import type { Plan, Rates } from './plan.ts';
import { RuleInvariants } from './rule-invariants.ts';
import { SimEngine } from './sim-engine.ts';
import { NO_LINK, workerLink } from './sim-link.ts';
import { SimLog, SimStore } from './sim-log.ts';
import { LEASE_TTL_MS, SLOTS, WORKER, simCellOptions } from './sim-options.ts';
import { SimSubmitter } from './sim-submitter.ts';
import { SimWorker } from './sim-worker.ts';

/** Everything must come to its end within this time after the world has healed. */
const ENDS_WITHIN_MS = 240_000;

export interface Outcome {
  readonly plan: Plan;
  /** A fingerprint of everything that happened, in its order. */
  readonly trace: number;
  readonly violations: readonly string[];
  /** How often each event occurred: telemetry events by name, and what the run counts itself. */
  readonly met: Readonly<Record<string, number>>;
}

/** Runs the world of one seed: engines, workers and submitters over stores and a network that fail. */
export const simulate = (seed: number): Promise<Outcome> => new Simulation(planOf(seed)).run();

class Simulation {
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  readonly #clock = virtualClock();
  readonly #leases: LeaseStore;
  readonly #journal: SimStore;
  readonly #snapshots = new SimStore();
  readonly #network: Network;
  readonly #invariants: Invariants;
  readonly #rule = new RuleInvariants((what) => this.#violated(what));
  readonly #engines: SimEngine[];
  readonly #workers: SimWorker[];
  readonly #submitters: SimSubmitter[] = [];
  readonly #violations: string[] = [];
  readonly #healsAt: number;
  readonly #ids;
  #trace = 0;
  readonly #met: Record<string, number> = {};
  #steps = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed ^ 0x5bd1e995);
    this.#healsAt = this.#clock.now() + plan.healsAfter;
    this.#leases = memoryLeaseStore(this.#clock, LEASE_TTL_MS);
    this.#ids = ulids(chanceOf(this.#random.fork()));
    this.#network = new Network(this.#clock, this.#random.fork(), () => this.#rates);
    this.#invariants = new Invariants({
      aging: plan.ages ? AGING : NO_AGING,
      slots: SLOTS,
      express: plan.express,
      ahead: plan.ahead,
      leasesHold: plan.rates.leaseDropped === 0,
      workersLie: plan.rates.lies > 0,
      violated: (what) => this.#violated(what),
    });
    this.#journal = new SimStore((entry) => {
      this.#note(entry.text);
      this.#invariants.entryLanded(entry);
    });
    this.#engines = Array.from({ length: plan.engines }, (_, i) => this.#engine(`e${i + 1}`));
    this.#workers = Array.from({ length: plan.workers }, (_, i) => this.#worker(i));
  }

  async run(): Promise<Outcome> {
    for (const engine of this.#engines) engine.start();
    for (const worker of this.#workers) worker.start();
    this.#planSubmissions();
    this.#faults().start();
    await this.#until(() => this.#clock.now() >= this.#healsAt && this.#isFinished());
    // Heartbeats and timers go on for a while, so that leftovers are cleared away.
    const quietAt = this.#clock.now() + 6 * WORKER.leaseMs;
    await this.#until(() => this.#clock.now() >= quietAt && this.#isFinished());
    if (this.#violations.length === 0) await this.#judgeEnd();
    return this.#outcome();
  }

  get #isHealed(): boolean {
    return this.#clock.now() >= this.#healsAt;
  }
  get #rates(): Rates {
    return this.#isHealed ? CALM : this.#plan.rates;
  }

  /** Advances the time until the condition holds, an invariant is violated, or the limit is reached. */
  async #until(holds: () => boolean): Promise<void> {
    const limit = this.#healsAt + ENDS_WITHIN_MS;
    await turn();
    while (this.#violations.length === 0 && !holds()) {
      if (this.#clock.now() > limit)
        return this.#violated(`everything ends after it has healed: ${this.#unfinished()}`);
      this.#clock.step();
      this.#steps++;
      await turn();
      if ((this.#clock.nextAt() ?? Infinity) > this.#clock.now()) this.#atRest();
    }
  }

  #isFinished(): boolean {
    return this.#invariants.journal.open === 0 && this.#submitters.every(({ isAnswered }) => isAnswered);
  }

  #unfinished(): string {
    const open = [...this.#invariants.journal.tasks.values()].filter(
      ({ settledTimes }) => settledTimes === 0,
    );
    const unanswered = this.#submitters.filter(({ isAnswered }) => !isAnswered).length;
    return `${open.map(({ id, state }) => `${id} ${state}`).join()}, ${unanswered} unanswered`;
  }

  #atRest(): void {
    for (const engine of this.#engines) {
      const cell = engine.serves ? engine.awake?.cell : undefined;
      if (cell) this.#invariants.atRest(cell);
      if (cell) this.#rule.atRest(cell);
    }
  }

  async #judgeEnd(): Promise<void> {
    const owner = this.#engines.map(({ awake }) => awake).find((engine) => engine?.state === 'running');
    const cell = owner?.cell;
    if (cell === undefined) return this.#violated('an engine runs once everything has healed: none does');
    this.#invariants.ended(
      this.#submitters.flatMap(({ acceptedId }) => acceptedId ?? []),
      cell,
    );
    const memory = plainState(cell.state);
    this.#invariants.replayed(memory, await this.#replay(this.#journal, new SimStore()), 'journal');
    this.#invariants.replayed(
      memory,
      await this.#replay(this.#journal, this.#snapshots),
      'snapshot and the journal',
    );
    for (const { busy, session } of this.#workers) {
      if (busy > 0) this.#violated(`nothing runs when all has settled: ${busy} at ${session}`);
    }
  }

  async #replay(journal: SimStore, snapshots: SimStore): Promise<ReturnType<typeof plainState>> {
    const whole = new MemoryStorage();
    for (const { text, at, seq } of journal.archive) {
      whole.land({ text, at, expected: seq - 1, token: {}, behind: undefined });
    }
    const clock = this.#clock;
    const ports = { ...this.#ports(clock, this.#leases), workers: NO_LINK };
    const logs = { journal: new CopiedLog(whole), snapshots: new CopiedLog(snapshots.storage) };
    const { state } = await recover(simCellOptions(this.#plan, 'replay'), { ...ports, ...logs });
    return plainState(state);
  }

  #outcome(): Outcome {
    const { journal } = this.#invariants;
    return {
      plan: this.#plan,
      trace: this.#trace,
      violations: this.#violations,
      met: {
        ...this.#met,
        entries: this.#journal.archive.length,
        voidEntries: journal.void,
        leases: journal.leases.size,
        deleted: journal.deleted.size,
        ...journal.freezes,
        express: journal.express,
        ahead: journal.ahead,
        aheadReturned: journal.aheadReturned,
        floors: this.#rule.floors,
        expressFull: this.#rule.full,
        expressTakeovers: this.#invariants.expressTakeovers,
        tasks: journal.tasks.size,
        epochs: journal.epoch,
        steps: this.#steps,
      },
    };
  }

  #violated(what: string): void {
    if (this.#violations.length < 10)
      this.#violations.push(`at ${this.#clock.now() - this.#healsAt} ms: ${what}`);
  }

  #note(what: string): void {
    this.#trace = hash53(`${this.#trace} ${this.#clock.now()} ${what}`);
  }

  #meet(name: string): void {
    this.#met[name] = (this.#met[name] ?? 0) + 1;
  }

  #later(ms: number, run: () => void): void {
    this.#clock.wakeAt(this.#clock.now() + ms, run);
  }

  #ports(clock: CellPorts['clock'], leases: LeaseStore): Omit<CellPorts, 'workers'> {
    const random = this.#random.fork();
    const log = (store: SimStore): SimLog =>
      new SimLog({
        store,
        clock: this.#clock,
        random: random.fork(),
        rates: () => this.#rates,
        countsOnly: this.#plan.countsOnly,
        appendMs: this.#plan.appendMs,
      });
    return {
      clock,
      journal: log(this.#journal),
      snapshots: log(this.#snapshots),
      leases,
      feed: { publish: (events) => events.forEach((event) => this.#invariants.published(event)) },
      telemetry: { emit: (event) => this.#emit(event) },
      ids: this.#ids,
      random: chanceOf(random),
    };
  }

  #emit(event: TelemetryEvent): void {
    this.#meet(event.name);
    if (event.name !== 'preemption.decided') return;
    const made = this.#engines.find(({ awake }) => awake?.cell?.epoch === event.epoch);
    if (made?.awake?.cell) this.#rule.decided(made.awake.cell, event.record);
  }

  #engine(owner: string): SimEngine {
    const random = this.#random.fork();
    return new SimEngine({
      owner,
      options: simCellOptions(this.#plan, owner),
      ports: (process: Process) => {
        const ports = this.#ports(
          process.clock(this.#clock),
          process.leases(failingLeases(this.#leases, random, () => this.#rates)),
        );
        return { ...ports, journal: process.log(ports.journal), snapshots: process.log(ports.snapshots) };
      },
      link: (engine) =>
        workerLink({
          engine,
          network: this.#network,
          invariants: this.#invariants,
          workers: () => this.#workers,
        }),
      later: (ms, run) => this.#later(ms, run),
      note: (what) => {
        this.#note(what);
        if (what.endsWith('FENCED')) this.#meet('fenced');
      },
    });
  }

  #worker(index: number): SimWorker {
    return new SimWorker({
      name: `w${index}`,
      slots: SLOTS,
      express: this.#plan.express,
      ahead: this.#plan.ahead,
      // The first runs everything, so that every task can end.
      freezes: this.#plan.freezes,
      types: index === 0 ? TYPES : this.#random.pick([TYPES, ['odd']]),
      ...WORKER,
      clock: this.#clock,
      random: this.#random.fork(),
      send: (handle) => this.#network.send(() => this.#engines.forEach((engine) => engine.receive(handle))),
      answer: (deliver) => this.#network.send(deliver),
      lies: () => this.#rates.lies,
      crashedWithAhead: () => this.#meet('aheadCrashed'),
      accepted: (id, epoch) => this.#invariants.accepted(id, epoch),
      disowned: (session, id, epoch) => this.#invariants.disowned(session, id, epoch),
    });
  }

  #planSubmissions(): void {
    const random = this.#random.fork();
    const send = (handle: (api: EngineApi) => void): void =>
      this.#network.send(() => {
        const open = this.#engines.filter(({ serves }) => serves);
        if (open.length > 0) random.pick(open).receive(handle);
      });
    for (let i = 0; i < this.#plan.tasks; i++) {
      const submitter = new SimSubmitter(
        {
          clock: this.#clock,
          random: random.fork(),
          send,
          answer: (deliver) => this.#network.send(deliver),
          invariants: this.#invariants,
          violated: (what) => this.#violated(what),
        },
        anOffer(i, random, this.#healsAt),
      );
      this.#submitters.push(submitter);
      this.#later(random.int(0, this.#plan.submitsFor), () => submitter.submit());
    }
  }

  #faults(): Faults {
    return new Faults({
      random: this.#random.fork(),
      rates: () => this.#rates,
      isHealed: () => this.#isHealed,
      engines: this.#engines,
      workers: this.#workers,
      leases: this.#leases,
      journal: this.#journal,
      later: (ms, run) => this.#later(ms, run),
      injected: () => this.#meet('blow'),
      healed: () => this.#note('healed'),
    });
  }
}

/** One turn of the real event loop: every promise that can settle has settled. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
