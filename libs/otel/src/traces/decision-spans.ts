import type { PreemptionTelemetryEvent, TaskTelemetryEvent } from '@precedent/ports';
import { inspect, takes } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import { victimEndOf } from '../run-end.ts';
import type { TaskEnded } from '../run-end.ts';
import { decisionAttributes, timeText } from './decision-attributes.ts';
import type { Decided } from './decision-attributes.ts';
import { currentRunOf, decisionOf, roundOf, submitOf } from './ids.ts';
import { checkpointAttributes } from './run-spans.ts';
import type { SpanAttributes, SpanEvent, SpanLink, SpanRecord } from './span.ts';

type Told<Name extends PreemptionTelemetryEvent['name']> = Extract<PreemptionTelemetryEvent, { name: Name }>;
type OfTask<Name extends TaskTelemetryEvent['name']> = Extract<TaskTelemetryEvent, { name: Name }>;

/** A decision that took something, until its preemptor has started and its victims are gone. */
interface OpenDecision {
  readonly span: SpanRecord & { readonly links: SpanLink[]; readonly events: SpanEvent[] };
  readonly victims: Set<string>;
  ended: boolean;
}

const OPEN_MAX = 5_000;
const REJECTED_SHOWN = 10;

/** What the end of a decision is called on its span. */
const END_EVENTS: Readonly<Record<Told<'preemption.ended'>['end'], string>> = {
  started: 'slot.granted',
  expired: 'reservation.expired',
  stolen: 'reservation.stolen',
  replanned: 'reservation.replanned',
  left: 'preemptor.left',
};

/**
 * The spans of decisions. One that took something stays open and gathers what comes of it; the others are over when they are
 * made. `write` takes each span when it is over.
 */
export class DecisionSpans {
  readonly #cell: string;
  readonly #write: (span: SpanRecord) => void;
  readonly #open = new Map<string, OpenDecision>();
  /** The decisions of the round that is going on. */
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

  round({ at, ms, waiting, decisions }: Told<'preemption.round'>): void {
    const [first] = this.#round;
    const pools = new Set(this.#round.map(({ record }) => record.decision.pool));
    for (const pool of pools) {
      const own = this.#round.filter(({ record }) => record.decision.pool === pool);
      this.#write({
        name: `schedule ${pool}`,
        kind: 'internal',
        ref: roundOf(this.#cell, first?.id ?? '', pool),
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

  /** A victim was requested to leave, or requested again. */
  signalled({ task, at, order, before }: OfTask<'task.preempting'>): void {
    const { mode, deadline } = order;
    const about = {
      'precedent.task.id': task.id,
      'precedent.victim.mode': mode,
      'precedent.deadline': timeText(deadline),
    };
    if (before)
      this.#note(order.decision, at, 'escalated', {
        ...about,
        'precedent.victim.mode.before': before.mode,
      });
    // One that is left alone for a while has heard nothing yet.
    if (mode !== 'delay') this.#note(order.decision, at, 'signal.sent', about);
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
    this.#gone(run.preempt.decision, task.id, { name: 'victim.stopped', at: record.at, attributes: facts });
  }

  spared({ task, at, order, why }: OfTask<'task.preemption_withdrawn'>): void {
    const attributes = { 'precedent.task.id': task.id, 'precedent.spared.reason': why };
    this.#gone(order.decision, task.id, { name: 'victim.spared', at, attributes });
  }

  /** What a victim makes durable on its way out, and what is rolled back of it afterwards. */
  kept({ task, step, at, ms, order, rollback }: OfTask<'task.step_recorded'>): void {
    const decision = order?.decision ?? task.durable.decision;
    if (decision === undefined || step.kind === 'undo') return;
    const common = { 'precedent.task.id': task.id, 'precedent.duration_ms': ms };
    if (step.kind === 'undone') {
      const attributes = {
        ...common,
        'precedent.rollback.action': rollback?.name,
        'precedent.rollback.ok': step.error === undefined,
      };
      this.#note(decision, at, 'rollback.action', attributes);
    } else if (order) {
      this.#note(decision, at, 'checkpoint.saved', { ...common, ...checkpointAttributes(step) });
    }
  }

  ended(
    { decision, task, at, end, epoch, waitedMs, inTime }: Told<'preemption.ended'>,
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

  /** Writes what is open as it is: this engine will not hear how it goes on. */
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
      ref: decisionOf(this.#cell, id),
      parent: roundOf(this.#cell, first.id, pool),
      startAt: at,
      endAt: at,
      attributes: decisionAttributes(event),
      links: linksOf(event),
      events: [...rejectedEvents(record), ...selectedEvents(record)],
    };
    return { span, victims: new Set(victims.map((victim) => victim.id)), ended: false };
  }

  #note(decision: string, at: number, name: string, attributes: SpanAttributes): void {
    this.#open.get(decision)?.span.events.push({ name, at, attributes });
  }

  #gone(decision: string, victim: string, event: SpanEvent): void {
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
  const submit = preemptor && submitOf(preemptor);
  return [
    ...(submit ? [{ to: submit, type: 'preemptor' as const }] : []),
    ...victims.map((row) => ({ to: currentRunOf(row), type: 'victim' as const })),
  ];
};

/** The first of those that were looked at and not taken. They are found again in the record, as anybody can. */
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
