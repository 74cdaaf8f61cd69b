import { Cell, CellState } from '@precedent/engine';
import type { CellOptions } from '@precedent/engine';
import { defaultBand, defaultExpress, ulids } from '@precedent/kernel';
import type { SeededRandom } from '@precedent/kernel';
import type { AppendLog, EventFeed, LeaseStore } from '@precedent/ports';
import { sourcesOf } from './arrivals.ts';
import type { Source } from './arrivals.ts';
import { chanceFor, exponential } from './chance.ts';
import type { GeneratedLoad, PlannedTask, Scenario, Variant, WorkerGroup } from './scenario.ts';
import { SimWorker } from './sim-worker.ts';
import type { SimWorkerOptions, SimWorkerHello } from './sim-worker.ts';
import { Tally } from './tally.ts';
import { simulationClock } from './virtual-clock.ts';
import type { SimulationLink, SimulationWorld } from './world.ts';

/** When simulated time begins: a fixed moment, so that ids and texts repeat. */
const START = Date.UTC(2026, 0, 1);
const TICK_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Journal entries between two purges: no engine recovers from them. */
const PURGE_ENTRIES = 1_000;

/** One cell under one policy, with its workers, from the first arrival on. */
export class SimulatedCell {
  readonly tally = new Tally();
  readonly workers: readonly SimWorker[];
  readonly cell: Cell;
  readonly #clock = simulationClock(START);
  readonly #scenario: Scenario;
  readonly #journal: PendingLog;

  constructor(scenario: Scenario, variant: Variant, world: SimulationWorld) {
    this.#scenario = scenario;
    const network = chanceFor(scenario.seed, `network ${variant.name}`);
    const now = (): number => this.#clock.now();
    this.#journal = new PendingLog(world.log(now, atOnce));
    const link = world.link((run) => this.#carry(network, run));
    const options = cellOptionsOf(world, variant);
    this.cell = new Cell(options, this.#portsOf(link, scenario.seed), {
      state: new CellState(options),
      epoch: 1,
      seq: 0,
      link: '',
      onFenced: (error) => this.#journal.fail(error),
      isOwner: () => true,
      voidEntries: 0,
    });
    this.workers = offersOf(scenario, variant).map((offer) => this.#workerOf({ offer, link, network }));
    this.#begin(options.worker.heartbeatMs);
  }

  /** Lets the simulated time pass until then. Milliseconds from the start. */
  async runTo(ms: number): Promise<void> {
    await this.#clock.runTo(START + ms, () => this.#journal.isPending);
    this.#journal.check();
  }

  /** When the last task was settled, if none is open; else now. Milliseconds from the start. */
  get endedAtMs(): number {
    const { open, settledAt } = this.tally;
    return (open.size === 0 ? Math.max(START, settledAt) : this.#clock.now()) - START;
  }

  /** Ends it: what still runs is counted as far as it came. */
  close(): void {
    for (const worker of this.workers) worker.finish();
    this.tally.close();
    this.cell.close();
  }

  #begin(heartbeatMs: number): void {
    for (const worker of this.workers) worker.start();
    this.#every(heartbeatMs, () => this.workers.forEach((worker) => worker.beat()));
    this.#every(TICK_MS, () => this.cell.tick());
    for (const source of sourcesOf(this.#scenario)) this.#draw(source, source());
    this.cell.dispatcher.enable(true);
  }

  #every(ms: number, run: () => void): void {
    this.#clock.wakeAt(this.#clock.now() + ms, () => {
      run();
      this.#every(ms, run);
    });
  }

  /** Plans the next arrival, together with those of its source at the same moment. */
  #draw(source: Source, first: PlannedTask | undefined): void {
    if (first === undefined) return;
    const group = [first];
    let next = source();
    for (; next !== undefined && next.atMs === first.atMs; next = source()) group.push(next);
    this.#clock.wakeAt(START + first.atMs, () => {
      this.#submit(group);
      this.#draw(source, next);
    });
  }

  #submit(group: readonly PlannedTask[]): void {
    const now = this.#clock.now();
    for (const plan of group) {
      const { band, origin = 'api' } = plan.task;
      this.tally.arrives(plan, band ?? defaultBand(origin), now);
    }
    const offers = group.map(({ id, task }) => ({ task, id }));
    this.cell.tasks.submit(offers, (answers) =>
      answers.forEach((answer, index) => {
        const id = group[index]?.id;
        if ('error' in answer && id !== undefined) this.tally.refused(id);
      }),
    );
  }

  #workerOf(more: Pick<SimWorkerOptions, 'offer' | 'link' | 'network'>): SimWorker {
    const { seed, faults } = this.#scenario;
    const clock = this.#clock;
    const worker = new SimWorker({ ...more, seed, faults, clock, api: this.cell.workers, tally: this.tally });
    if (faults.crashesPerHour > 0) this.#crashNext(worker, chanceFor(seed, `crashes ${more.offer.worker}`));
    return worker;
  }

  #crashNext(worker: SimWorker, random: SeededRandom): void {
    const { crashesPerHour, restartMs } = this.#scenario.faults;
    const upMs = Math.ceil(exponential(random, HOUR_MS / crashesPerHour));
    this.#clock.wakeAt(this.#clock.now() + upMs, () => {
      worker.crash();
      this.#clock.wakeAt(this.#clock.now() + restartMs, () => this.#crashNext(worker, random));
    });
  }

  #carry(network: SeededRandom, run: () => void): void {
    const { lostMessages } = this.#scenario.faults;
    if (lostMessages > 0 && network.chance(lostMessages)) return;
    this.#clock.defer(run);
  }

  #portsOf(workers: SimulationLink, seed: number) {
    const [random, ids] = [chanceFor(seed, 'engine'), chanceFor(seed, 'ids')];
    return {
      clock: this.#clock,
      journal: this.#journal,
      snapshots: this.#journal,
      leases: NO_LEASES,
      workers,
      feed: NO_FEED,
      telemetry: this.tally,
      ids: ulids(() => ids.next()),
      random: () => random.next(),
    };
  }
}

const atOnce = (run: () => void): void => run();
const NO_FEED: EventFeed = { publish: () => undefined };
/** There is no other engine. */
const NO_LEASES: LeaseStore = {
  ttlMs: Number.MAX_SAFE_INTEGER,
  acquire: (_, owner) => Promise.resolve(owner),
  renew: () => Promise.resolve(true),
  release: () => Promise.resolve(),
};

/** What would keep memory for those who ask later is left out, and so is the wait for company in the journal. */
const cellOptionsOf = ({ cell }: SimulationWorld, { aging, preemption }: Variant): CellOptions => ({
  ...cell,
  aging,
  preemption,
  recent: { maxTasks: 0, maxBytes: 0, maxIds: 0 },
  journal: { ...cell.journal, groupCommitDelayMs: 0 },
});

const offersOf = ({ workers, loads, recorded }: Scenario, { slots }: Variant): SimWorkerHello[] => {
  const types = typesOf([...loads, ...recorded]);
  const suspends = typesOf(loads.filter(({ suspendable }) => suspendable === true));
  return workers.flatMap((group) => membersOf(group, { types, suspends }, slots ?? group.slots));
};

const typesOf = (list: readonly (GeneratedLoad | PlannedTask)[]): string[] => [
  ...new Set(list.map(({ task }) => task.type ?? 'command')),
];

const membersOf = (
  group: WorkerGroup,
  can: Pick<SimWorkerHello, 'types' | 'suspends'>,
  slots: number,
): SimWorkerHello[] => {
  const { name, count, pools, labels, resources, express = defaultExpress(slots) } = group;
  return Array.from({ length: count }, (_, index) => ({
    worker: `${name}-${index + 1}`,
    version: 'simulated',
    ...can,
    pools,
    labels,
    resources,
    slots,
    express,
  }));
};

/** Knows whether an append is on its way, so that time does not run ahead of it, and forgets what landed long ago. */
class PendingLog implements AppendLog {
  readonly #log: AppendLog;
  readonly maxEntryBytes: number;
  #pending = 0;
  #error: unknown;

  constructor(log: AppendLog) {
    this.#log = log;
    this.maxEntryBytes = log.maxEntryBytes;
  }

  get isPending(): boolean {
    return this.#pending > 0;
  }

  append(text: string, expected: number): Promise<number> {
    this.#pending++;
    const appended = this.#log.append(text, expected);
    appended.then(this.#landed, (error: unknown) => {
      this.#pending--;
      this.fail(error);
    });
    return appended;
  }

  last(): Promise<number> {
    return this.#log.last();
  }
  read(after: number): ReturnType<AppendLog['read']> {
    return this.#log.read(after);
  }
  purge(upTo: number): Promise<void> {
    return this.#log.purge(upTo);
  }

  fail(error: unknown): void {
    this.#error ??= error;
  }

  /** Throws what has gone wrong: a simulation that lost its journal says nothing about anything. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  readonly #landed = (seq: number): void => {
    this.#pending--;
    if (seq % PURGE_ENTRIES === 0) this.purge(seq).catch((error: unknown) => this.fail(error));
  };
}
