import type {
  PauseScheduleRequest,
  PreviewScheduleReply,
  PreviewScheduleRequest,
  PreviewedTick,
  ScheduleRequest,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import { UTC, nominalOf, ticksFrom, ticksOf } from '@precedent/orchestration';
import type { Tick, TickSource } from '@precedent/orchestration';
import type { AnyDefinitionView, OrProblem, Reply, ScheduleApi } from '@precedent/ports';
import type { Definition } from '@precedent/tasks';
import { notFound } from '../definitions/definitions.ts';
import { delayOf, scheduleSpecOf, scheduleStatusOf, ticksOfSchedule } from './schedule-definition.ts';
import type { Schedules, SchedulesParts } from './schedules.ts';

type ViewReply = Reply<OrProblem<AnyDefinitionView>>;

export type ScheduleServiceParts = Pick<
  SchedulesParts,
  'clock' | 'state' | 'outbox' | 'zones' | 'definitions'
> & {
  readonly schedules: Schedules;
  readonly defaultNamespace: string;
};

const PREVIEWED_DEFAULT = 10;

/** What clients do with schedules. Every answer waits until the records that it depends on are durable. */
export class ScheduleService implements ScheduleApi {
  readonly #parts: ScheduleServiceParts;

  constructor(parts: ScheduleServiceParts) {
    this.#parts = parts;
  }

  pause(request: PauseScheduleRequest & { readonly by?: string | undefined }, reply: ViewReply): void {
    const { clock, schedules } = this.#parts;
    this.#change(request, reply, (found) => {
      const { until, reason, by } = request;
      const paused = { at: clock.now(), ...defined({ until, reason, by }) };
      schedules.note(found, { ...scheduleStatusOf(found), paused });
    });
  }

  resume(request: ScheduleRequest, reply: ViewReply): void {
    this.#change(request, reply, (found) => {
      if (scheduleStatusOf(found).paused) this.#parts.schedules.resume(found);
    });
  }

  trigger(request: ScheduleRequest, reply: Reply<OrProblem<TriggerScheduleReply>>): void {
    const { outbox, schedules } = this.#parts;
    const found = this.#find(request);
    if (found === undefined) return reply({ error: notFound('schedule', request.name) });
    const outcome = schedules.startNow(found);
    outbox.afterCommit(() => reply('id' in outcome ? { id: outcome.id } : outcome));
  }

  preview(request: PreviewScheduleRequest, reply: Reply<OrProblem<PreviewScheduleReply>>): void {
    const { clock, outbox, zones } = this.#parts;
    const { name, count = PREVIEWED_DEFAULT, after = clock.now() } = request;
    const found = this.#find(request);
    if (found === undefined) return reply({ error: notFound('schedule', name) });
    const ticks = ticksFrom(this.#everyTick(found), after, count);
    const actual = ticksOfSchedule(found, zones);
    const answer = ticks.map((tick) => previewed(found, tick, actual(tick.at - 1)?.at === tick.at));
    outbox.afterCommit(() => reply({ ticks: answer, zones: zones?.version ?? 'none' }));
  }

  /** Also those that the policies for gaps and overlaps leave out. */
  #everyTick(definition: Definition): TickSource {
    const spec = scheduleSpecOf(definition);
    const zone = (spec.zone === undefined ? undefined : this.#parts.zones?.zone(spec.zone)) ?? UTC;
    return ticksOf({ ...spec, gap: 'next', overlap: 'both' }, { zone, since: definition.changedAt });
  }

  #change(request: ScheduleRequest, reply: ViewReply, change: (found: Definition) => void): void {
    const found = this.#find(request);
    if (found) change(found);
    this.#parts.definitions.get('schedule', request, reply);
  }

  #find({ name, namespace = this.#parts.defaultNamespace }: ScheduleRequest): Definition | undefined {
    return this.#parts.state.definitions.get('schedule', namespace, name);
  }
}

const previewed = (definition: Definition, tick: Tick, runs: boolean): PreviewedTick => ({
  at: tick.at,
  startsAt: tick.at + delayOf(definition),
  nominal: nominalOf(scheduleSpecOf(definition), tick),
  runs,
  ...(tick.moved && { clocks: tick.moved }),
});
