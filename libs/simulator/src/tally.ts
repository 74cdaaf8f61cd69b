import { perBand } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type { Telemetry, TelemetryEvent } from '@precedent/ports';
import type { PlannedTask } from './scenario.ts';

/** A task on its way, from its arrival to its verdict. */
export interface Tracked {
  readonly plan: PlannedTask;
  readonly band: Band;
  readonly arrivedAt: EpochMs;
  startedAt: EpochMs | undefined;
  /** Work that a checkpoint has made durable. Milliseconds. */
  savedMs: number;
}

/** What is counted of one band. Times in milliseconds. */
export interface BandTally {
  arrived: number;
  refused: number;
  completed: number;
  failed: number;
  timedOut: number;
  cancelled: number;
  preemptions: number;
  repeats: number;
  /** From arrival to the first start, of those that started. */
  readonly waits: number[];
  /** From the first start to completion. */
  readonly runs: number[];
  /** From arrival to completion, as a multiple of the work. */
  readonly slowdowns: number[];
  /** Time in slots, and how much of it was work that counts, or that was done for nothing. */
  slotMs: number;
  usefulMs: number;
  lostMs: number;
}

const blank = (): BandTally => ({
  arrived: 0,
  refused: 0,
  completed: 0,
  failed: 0,
  timedOut: 0,
  cancelled: 0,
  preemptions: 0,
  repeats: 0,
  waits: [],
  runs: [],
  slowdowns: [],
  slotMs: 0,
  usefulMs: 0,
  lostMs: 0,
});

/** Preempted again so soon after a resume: the same as the breaker of the rule counts. Milliseconds. */
export const REPEAT_MS = 60_000;

/** Counts what the engine reports and what the workers did. */
export class Tally implements Telemetry {
  readonly bands: Readonly<Record<Band, BandTally>> = perBand(blank);
  readonly open = new Map<string, Tracked>();
  /** Of the last verdict; epoch milliseconds. */
  settledAt: EpochMs = 0;
  crashes = 0;
  breakerOpened = 0;
  readonly decisions = new Map<string, number>();

  arrives(plan: PlannedTask, band: Band, at: EpochMs): void {
    this.bands[band].arrived++;
    this.open.set(plan.id, { plan, band, arrivedAt: at, startedAt: undefined, savedMs: 0 });
  }

  refused(id: string): void {
    const task = this.open.get(id);
    if (task) this.bands[task.band].refused++;
    this.open.delete(id);
  }

  /** A lease has ended on its worker: how long it had its slot, and what of its work was lost with it. */
  occupied(band: Band, slotMs: number, lostMs: number): void {
    this.bands[band].slotMs += slotMs;
    this.bands[band].lostMs += lostMs;
  }

  /** The end of the simulation: what open tasks have done counts, though it is not over. */
  close(): void {
    for (const { band, savedMs } of this.open.values()) this.bands[band].usefulMs += savedMs;
  }

  emit(event: TelemetryEvent): void {
    switch (event.name) {
      case 'task.started':
        return this.#started(event.task.id, event.at);
      case 'task.preempting':
        return this.#preempting(event);
      case 'task.ended':
        if (event.record.kind === 'preempted' || event.record.kind === 'suspended')
          this.bands[event.task.class.band].preemptions++;
        return;
      case 'task.settled':
        return this.#settled(event.task.id, event.record.state, event.record.at);
      case 'preemption.decided':
        return this.#decided(event.record.decision.outcome);
      case 'preemption.breaker':
        if (event.open) this.breakerOpened++;
        return;
      default:
    }
  }

  #started(id: string, at: EpochMs): void {
    const task = this.open.get(id);
    if (task === undefined || task.startedAt !== undefined) return;
    task.startedAt = at;
    this.bands[task.band].waits.push(at - task.arrivedAt);
  }

  #preempting({ task, at, before }: Extract<TelemetryEvent, { name: 'task.preempting' }>): void {
    // A stricter order is of the same preemption.
    if (before !== undefined || task.durable.preemptions === 0) return;
    if (at - (task.run.startedAt ?? 0) <= REPEAT_MS) this.bands[task.class.band].repeats++;
  }

  #settled(id: string, state: string, at: EpochMs): void {
    const task = this.open.get(id);
    if (task === undefined) return;
    this.open.delete(id);
    this.settledAt = at;
    const band = this.bands[task.band];
    if (state === 'completed') return completed(band, task, at);
    if (state === 'failed') band.failed++;
    else if (state === 'timed_out') band.timedOut++;
    else band.cancelled++;
    // What it had done is of no use.
    band.lostMs += task.savedMs;
  }

  #decided(outcome: string): void {
    this.decisions.set(outcome, (this.decisions.get(outcome) ?? 0) + 1);
  }
}

const completed = (band: BandTally, { plan, arrivedAt, startedAt }: Tracked, at: EpochMs): void => {
  band.completed++;
  band.usefulMs += plan.workMs;
  band.runs.push(at - (startedAt ?? at));
  band.slowdowns.push((at - arrivedAt) / plan.workMs);
};
