import type { ScheduleStatus } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { CATCH_UP_INTERVAL_MS, decideRun, dueStep, nominalOf } from '@precedent/orchestration';
import type { Zones } from '@precedent/ports';
import type { Definition } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { NOT_RUNNING } from '../tasks/task-service.ts';
import type { Submissions } from '../submissions/submissions.ts';
import type { VerdictListeners } from '../tasks/verdict-listeners.ts';
import { DueSchedules } from './due-schedules.ts';
import type { DueSchedule } from './due-schedules.ts';
import {
  dueAtOf,
  scheduleKeyOf,
  scheduleSpecOf,
  scheduleStatusOf,
  ticksOfSchedule,
} from './schedule-definition.ts';
import { ScheduleRuns } from './schedule-runs.ts';
import type { RunEnd } from './schedule-runs.ts';
import { afterEnd, afterStart, cleaned, isFollowed, withNext } from './schedule-status.ts';

export type SchedulesParts = Pick<BaseParts, 'clock' | 'state' | 'outbox'> & {
  readonly zones?: Zones | undefined;
  readonly core: CellCore;
  readonly submissions: Submissions;
  readonly verdicts: VerdictListeners;
  readonly definitions: Definitions;
  /** Whether new work is accepted. */
  readonly accepts: () => boolean;
};

/** Before a run is tried again that the engine had no room for. Milliseconds. */
const RETRY_MS = 1_000;

/** Errors that go by: the tick waits, and is not lost. */
const NO_ROOM: ReadonlySet<string> = new Set(['QUEUE_FULL', 'JOURNAL_UNAVAILABLE', 'ENGINE_NOT_RUNNING']);

/**
 * Runs what is due. A tick is noted and becomes a task in one journal entry, and its task has an id of its own: so it runs once, whatever
 * happens to the engine. One timer serves all schedules; each has its next tick only.
 */
export class Schedules {
  readonly #parts: SchedulesParts;
  readonly #due: DueSchedules;
  readonly #runs: ScheduleRuns;
  /** Those that wait for room, or that catch up, one tick after another. */
  readonly #notBefore = new Map<string, EpochMs>();

  constructor(parts: SchedulesParts) {
    this.#parts = parts;
    this.#due = new DueSchedules(parts.clock, (due) => this.#look(due));
    this.#runs = new ScheduleRuns({ ...parts, ended: (of, id, end) => this.#ended(of, id, end) });
    parts.state.definitions.watch('schedule', ({ before, after }) => after && this.#changed(after, before));
    for (const definition of parts.state.definitions.ofKind('schedule')) this.#recovered(definition);
  }

  close(): void {
    this.#due.stop();
  }

  /** Changes what is noted of a schedule, and finds its next tick. */
  note(definition: Definition, status: ScheduleStatus): void {
    const { zones } = this.#parts;
    const next = withNext(definition, status, zones);
    this.#parts.definitions.note(definition, cleaned(next));
    const noted = this.#current(definition);
    if (noted) this.#expect(noted);
  }

  /** Runs the task of a schedule under a name of its own. Returns the outcome of its submission. */
  startNow(definition: Definition): ReturnType<ScheduleRuns['start']> {
    if (!this.#parts.accepts()) return { error: NOT_RUNNING };
    // Unlike the name of a tick it has milliseconds.
    const nominal = new Date(this.#parts.clock.now()).toISOString();
    const outcome = this.#runs.start(definition, nominal);
    if ('id' in outcome) this.#started(definition, scheduleStatusOf(definition), { id: outcome.id, nominal });
    return outcome;
  }

  #changed(definition: Definition, before: Definition | undefined): void {
    const { clock } = this.#parts;
    const now = clock.now();
    const { position, runs, failures: _, refusal: __, ...noted } = scheduleStatusOf(definition);
    const isNew = before === undefined;
    this.note(definition, { ...noted, runs: isNew ? 0 : runs, position: Math.max(position, now) });
  }

  #recovered(definition: Definition): void {
    const { zones, clock } = this.#parts;
    for (const id of scheduleStatusOf(definition).open ?? []) this.#runs.follow(definition, id);
    const { zones: noted, paused } = scheduleStatusOf(definition);
    // The data of its zone may be others now: its next tick is computed again when there is time.
    const waits = paused === undefined && scheduleStatusOf(definition).queued !== undefined;
    if (waits || (paused === undefined && noted !== zones?.version))
      this.#due.add({ ...placeOf(definition), at: clock.now() });
    else this.#expect(definition);
  }

  #expect(definition: Definition): void {
    const { definitions } = this.#parts.state;
    const at = this.#dueAt(definition);
    if (at !== undefined) this.#due.add({ ...placeOf(definition), at });
    if (!this.#due.isStale(definitions.countOf('schedule'))) return;
    this.#due.clear();
    for (const each of definitions.ofKind('schedule')) {
      const due = this.#dueAt(each);
      if (due !== undefined) this.#due.add({ ...placeOf(each), at: due });
    }
  }

  #dueAt(definition: Definition): EpochMs | undefined {
    const at = dueAtOf(definition);
    const notBefore = this.#notBefore.size === 0 ? undefined : this.#notBefore.get(scheduleKeyOf(definition));
    return at === undefined || notBefore === undefined ? at : Math.max(at, notBefore);
  }

  #current({ namespace, name }: Pick<Definition, 'namespace' | 'name'>): Definition | undefined {
    return this.#parts.state.definitions.get('schedule', namespace, name);
  }

  #look(due: DueSchedule): void {
    const { zones, clock } = this.#parts;
    const definition = this.#current(due);
    if (definition === undefined) return;
    const now = clock.now();
    const status = scheduleStatusOf(definition);
    const isBlocked = !this.#parts.accepts() || this.#runs.stalled !== undefined;
    if (!isBlocked && this.#startQueued(definition)) return;
    const expected = this.#dueAt(definition);
    if (status.paused === undefined && status.zones !== zones?.version) return this.note(definition, status);
    if (expected === undefined || expected > now) return;
    if (isBlocked) return this.#wait(definition, RETRY_MS);
    if (status.paused) return this.resume(definition);
    this.#notBefore.delete(scheduleKeyOf(definition));
    this.#step(definition, status);
  }

  /** Goes on with the next tick; those that passed meanwhile are left out. */
  resume(definition: Definition): void {
    const { paused: _, failures: __, ...status } = scheduleStatusOf(definition);
    const position = Math.max(status.position, this.#parts.clock.now());
    this.note(definition, { ...status, position });
    this.#startQueued(definition);
  }

  #step(definition: Definition, status: ScheduleStatus): void {
    const { clock, zones } = this.#parts;
    const spec = scheduleSpecOf(definition);
    const now = clock.now();
    const { catchUp, catchUpWithin } = spec;
    const ticks = ticksOfSchedule(definition, zones);
    const step = dueStep({ ticks, position: status.position, now, catchUp, catchUpWithin });
    if (step.tick === undefined) return this.note(definition, { ...status, position: step.position });
    if (step.isLate) this.#notBefore.set(scheduleKeyOf(definition), now + CATCH_UP_INTERVAL_MS);
    this.#handle(definition, { ...status, position: step.position }, nominalOf(spec, step.tick));
  }

  #handle(definition: Definition, status: ScheduleStatus, nominal: string): void {
    const { whileRunning = 'skip' } = scheduleSpecOf(definition);
    const { open = [], queued = [], skipped = 0 } = status;
    switch (decideRun(whileRunning, { open: open.length, queued: queued.length })) {
      case 'start':
        return this.#start(definition, status, nominal);
      case 'skip':
        return this.note(definition, { ...status, skipped: skipped + 1 });
      case 'queue':
        return this.note(definition, { ...status, queued: [...queued, nominal] });
      case 'cancel':
        this.#runs.cancel(definition, status);
        return this.note(definition, { ...status, queued: [nominal], skipped: skipped + queued.length });
      case 'replace':
        return this.note(definition, { ...status, queued: [nominal], skipped: skipped + queued.length });
    }
  }

  #start(definition: Definition, status: ScheduleStatus, nominal: string): void {
    const outcome = this.#runs.start(definition, nominal);
    if ('id' in outcome && outcome.duplicate !== true)
      return this.#started(definition, status, { id: outcome.id, nominal });
    if ('error' in outcome && NO_ROOM.has(outcome.error.code)) return this.#wait(definition, RETRY_MS);
    const refusal = 'error' in outcome ? `${outcome.error.code}: ${outcome.error.message}` : undefined;
    this.note(definition, { ...status, last: nominal, refusal });
  }

  #started(
    definition: Definition,
    status: ScheduleStatus,
    run: { readonly id: string; readonly nominal: string },
  ): void {
    this.note(definition, afterStart(scheduleSpecOf(definition), status, run));
    if (isFollowed(scheduleSpecOf(definition))) this.#runs.follow(definition, run.id);
  }

  #wait(definition: Definition, ms: number): void {
    const at = this.#parts.clock.now() + ms;
    this.#notBefore.set(scheduleKeyOf(definition), at);
    this.#due.add({ ...placeOf(definition), at });
  }

  #ended(of: Definition, id: string, end: RunEnd): void {
    const definition = this.#current(of);
    if (definition === undefined || !scheduleStatusOf(definition).open?.includes(id)) return;
    this.note(
      definition,
      afterEnd(scheduleSpecOf(definition), scheduleStatusOf(definition), {
        id,
        end,
        at: this.#parts.clock.now(),
      }),
    );
    this.#startQueued(definition);
  }

  /** Returns whether a tick was there that waited for its turn. */
  #startQueued(of: Definition): boolean {
    const definition = this.#current(of);
    if (definition === undefined) return false;
    const { open = [], queued = [], paused, ...status } = scheduleStatusOf(definition);
    const [nominal, ...rest] = queued;
    if (nominal === undefined || open.length > 0 || paused) return false;
    this.#start(definition, { ...status, queued: rest }, nominal);
    return true;
  }
}

const placeOf = ({ namespace, name }: Definition): Pick<DueSchedule, 'namespace' | 'name'> => ({
  namespace,
  name,
});
