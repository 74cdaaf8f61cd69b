import type { PreemptionTelemetryEvent, TaskTelemetryEvent } from '@precedent/ports';
import { inspect, takes } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import { victimEndOf } from '../run-end.ts';
import type { TaskEnded } from '../run-end.ts';
import { decisionAttributes, isoText } from './decision-attributes.ts';
import type { Decided } from './decision-attributes.ts';
import { currentRunSpanRef, decisionSpanRef, roundSpanRef, submitContextOf } from './ids.ts';
import { checkpointAttributes } from './run-spans.ts';
import type { SpanAttributes, SpanEvent, SpanLink, SpanRecord } from './span.ts';

type EventOf<Name extends PreemptionTelemetryEvent['name']> = Extract<
  PreemptionTelemetryEvent,
  { name: Name }
>;
type TaskEventOf<Name extends TaskTelemetryEvent['name']> = Extract<TaskTelemetryEvent, { name: Name }>;

/** A decision that freed or reserved capacity, until its preemptor has started and its victims are gone. */
interface OpenDecision {
  readonly span: SpanRecord & { readonly links: SpanLink[]; readonly events: SpanEvent[] };
  readonly victims: Set<string>;
  ended: boolean;
}

const OPEN_MAX = 5_000;
const REJECTED_SHOWN = 10;

/** The name of the span event for each end of a decision. */
const END_EVENTS: Readonly<Record<EventOf<'preemption.ended'>['end'], string>> = {
  started: 'slot.granted',
  expired: 'reservation.expired',
  stolen: 'reservation.stolen',
  replanned: 'reservation.replanned',
  left: 'preemptor.left',
};

/**
 * Makes the spans of decisions. A decision with victims stays open until its preemptor has started and its victims are gone; any other one
 * ends at once. `write` gets each span when it has ended.
 */
export class DecisionSpans {
  readonly #cell: string;
  readonly #write: (span: SpanRecord) => void;
  readonly #open = new Map<string, OpenDecision>();
  /** The decisions of the current round. */
  #round: Decided[] = [];

  constructor(cell: string, write: (span: SpanRecord) => void) {
    this.#cell = cell;
    this.#write = write;
  }

  decided(event: Decided): void {
    const { id, record } = event;
    this.#round.push(event);
    const decision = this.#opened(event);
    if (!takes(record.decision)) return this.#write(decision.span);
    this.#open.set(id, decision);
    for (const [oldest] of this.#open) {
      if (this.#open.size <= OPEN_MAX) return;
      this.#close(oldest);
    }
  }

  round({ at, ms, waiting, decisions }: EventOf<'preemption.round'>): void {
    const [first] = this.#round;
    const pools = new Set(this.#round.map(({ record }) => record.decision.pool));
    for (const pool of pools) {
      const own = this.#round.filter(({ record }) => record.decision.pool === pool);
      this.#write({
        name: `schedule ${pool}`,
        kind: 'internal',
        ref: roundSpanRef(this.#cell, first?.id ?? '', pool),
        startAt: at,
        endAt: at + ms,
        attributes: {
          'precedent.pool': pool,
          'precedent.scheduler.epoch': first?.epoch,
          'precedent.round.waiting': waiting,
          'precedent.round.decisions': decisions,
          'precedent.round.outcomes': own.map(({ record }) => record.decision.outcome),
        },
        links: [],
        events: [],
      });
    }
    this.#round = [];
  }

  /** A victim was ordered to leave, or ordered again in a stricter mode. */
  signalled({ task, at, order, before }: TaskEventOf<'task.preempting'>): void {
    const { mode, deadline } = order;
    const about = {
      'precedent.task.id': task.id,
      'precedent.victim.mode': mode,
      'precedent.deadline': isoText(deadline),
    };
    if (before)
      this.#addEvent(order.decision, at, 'escalated', {
        ...about,
        'precedent.victim.mode.before': before.mode,
      });
    // In mode `delay` nothing is sent yet: the victim is left alone for a while.
    if (mode !== 'delay') this.#addEvent(order.decision, at, 'signal.sent', about);
  }

  stopped(event: TaskEnded): void {
    const { task, run, record, lostMs } = event;
    if (run.preempt === undefined) return;
    const outcome = victimEndOf(event) ?? 'stopped';
    const facts = {
      'precedent.task.id': task.id,
      'precedent.victim.outcome': outcome,
      'precedent.victim.lost_ms': lostMs,
    };
    this.#victimGone(run.preempt.decision, task.id, {
      name: 'victim.stopped',
      at: record.at,
      attributes: facts,
    });
  }

  withdrawn({ task, at, order, why }: TaskEventOf<'task.preemption_withdrawn'>): void {
    const attributes = { 'precedent.task.id': task.id, 'precedent.spared.reason': why };
    this.#victimGone(order.decision, task.id, { name: 'victim.spared', at, attributes });
  }

  /** A checkpoint of a victim that leaves, or a rollback action of it afterwards. */
  stepRecorded({ task, step, at, ms, order, rollback }: TaskEventOf<'task.step_recorded'>): void {
    const decision = order?.decision ?? task.durable.decision;
    if (decision === undefined || step.kind === 'undo') return;
    const common = { 'precedent.task.id': task.id, 'precedent.duration_ms': ms };
    if (step.kind === 'undone') {
      const attributes = {
        ...common,
        'precedent.rollback.action': rollback?.name,
        'precedent.rollback.ok': step.error === undefined,
      };
      this.#addEvent(decision, at, 'rollback.action', attributes);
    } else if (order) {
      this.#addEvent(decision, at, 'checkpoint.saved', { ...common, ...checkpointAttributes(step) });
    }
  }

  ended(
    { decision, task, at, end, epoch, waitedMs, inTime }: EventOf<'preemption.ended'>,
    run: SpanLink | undefined,
  ): void {
    const open = this.#open.get(decision);
    if (open === undefined) return;
    const attributes = {
      'precedent.preemptor.task.id': task,
      'precedent.waited_ms': waitedMs,
      ...(end === 'started' && { 'precedent.task.epoch': epoch, 'precedent.preemptor.in_time': inTime }),
    };
    open.span.events.push({ name: END_EVENTS[end], at, attributes });
    if (run) open.span.links.push(run);
    open.ended = true;
    this.#closeIfOver(decision, open);
  }

  /** Writes the open spans as they are: this engine will not see how they go on. */
  closeAll(): void {
    for (const id of this.#open.keys()) this.#close(id);
    this.#round = [];
  }

  #opened(event: Decided): OpenDecision {
    const { id, record } = event;
    const { decision } = record;
    const { at, pool, victims } = decision;
    const [first = event] = this.#round;
    const span = {
      name: `preempt ${pool}`,
      kind: 'internal' as const,
      ref: decisionSpanRef(this.#cell, id),
      parent: roundSpanRef(this.#cell, first.id, pool),
      startAt: at,
      endAt: at,
      attributes: decisionAttributes(event),
      links: linksOf(event),
      events: [...rejectedEvents(record), ...selectedEvents(record)],
    };
    return { span, victims: new Set(victims.map((victim) => victim.id)), ended: false };
  }

  #addEvent(decision: string, at: number, name: string, attributes: SpanAttributes): void {
    this.#open.get(decision)?.span.events.push({ name, at, attributes });
  }

  #victimGone(decision: string, victim: string, event: SpanEvent): void {
    const open = this.#open.get(decision);
    if (open === undefined) return;
    open.span.events.push(event);
    open.victims.delete(victim);
    this.#closeIfOver(decision, open);
  }

  #closeIfOver(decision: string, open: OpenDecision): void {
    if (open.ended && open.victims.size === 0) this.#close(decision);
  }

  #close(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    const endAt = open.span.events.reduce((latest, { at }) => Math.max(latest, at), open.span.startAt);
    this.#write({ ...open.span, endAt });
  }
}

const linksOf = ({ preemptor, victims }: Decided): SpanLink[] => {
  const submit = preemptor && submitContextOf(preemptor);
  return [
    ...(submit ? [{ to: submit, type: 'preemptor' as const }] : []),
    ...victims.map((row) => ({ to: currentRunSpanRef(row), type: 'victim' as const })),
  ];
};

/** The first candidates that were not chosen. The record holds all that is needed to find them again. */
const rejectedEvents = ({ snapshot, policy, decision }: DecisionRecord): SpanEvent[] =>
  inspect(snapshot, policy, decision.preemptor.id)
    .candidates.filter(({ fate }) => fate !== 'chosen')
    .slice(0, REJECTED_SHOWN)
    .map(({ id, worker, fate }) => ({
      name: 'candidate.rejected',
      at: decision.at,
      attributes: {
        'precedent.task.id': id,
        'precedent.worker.session': worker,
        'precedent.candidate.fate': fate,
      },
    }));

const selectedEvents = ({ decision: { at, victims } }: DecisionRecord): SpanEvent[] =>
  victims.length === 0
    ? []
    : [
        {
          name: 'victims.selected',
          at,
          attributes: { 'precedent.victims.ids': victims.map(({ id }) => id) },
        },
      ];
