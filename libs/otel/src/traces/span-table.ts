import type { LinkType, SpanRecord } from './span.ts';

/** What a span is. `<band>`, `<pool>` and `<type>` stand for those of the task. */
export interface SpanSpec {
  readonly kind: SpanRecord['kind'];
  readonly when: string;
  readonly parent: string;
  readonly links: readonly LinkType[];
}

/** Every span that the engine makes. `docs/telemetry.md` is generated from it, and a test compares it with the spans of a running engine. */
export const SPANS = {
  'process tasks.<band>': {
    kind: 'consumer',
    when: 'One run of a task, from its lease to its end. A suspended task has no span: the next run is another one.',
    parent: 'none; it is in the trace of its submitter, if there is one',
    links: ['submit', 'resumed_from', 'retry_of', 'preempted_by'],
  },
  'ack tasks.<band>': {
    kind: 'client',
    when: 'The end of a run: the task is completed.',
    parent: 'process',
    links: [],
  },
  'nack tasks.<band>': {
    kind: 'client',
    when: 'The end of a run: the task has failed, was cancelled, or has timed out.',
    parent: 'process',
    links: [],
  },
  'requeue tasks.<band>': {
    kind: 'client',
    when: 'The end of a run: the task is to run again.',
    parent: 'process',
    links: [],
  },
  'resume <type>': {
    kind: 'internal',
    when: 'A run goes on with an interrupted attempt.',
    parent: 'process',
    links: ['resumed_from', 'preempted_by'],
  },
  'checkpoint <type>': {
    kind: 'internal',
    when: 'A checkpoint, from its arrival until it is durable.',
    parent: 'process',
    links: [],
  },
  'rollback <type>': {
    kind: 'internal',
    when: 'A rollback action was carried out, or failed for good.',
    parent: 'process',
    links: ['undoes'],
  },
  'schedule <pool>': {
    kind: 'internal',
    when: 'A round with a decision.',
    parent: '',
    links: [],
  },
  'preempt <pool>': {
    kind: 'internal',
    when: 'A decision about a waiting task: at once over when it takes nothing, else until the preemptor has started and the victims are gone.',
    parent: 'schedule',
    links: ['preemptor', 'victim', 'preemptor_run'],
  },
} as const satisfies Record<string, SpanSpec>;

/** The events of a `preempt` span. */
export const PREEMPT_EVENTS = {
  'candidate.rejected': 'a running task that was no victim, and why; ten at most',
  'victims.selected': 'the victims',
  'signal.sent': 'a victim was ordered to leave, in which mode, and by when',
  'checkpoint.saved': 'a victim saved a checkpoint before it left',
  escalated: 'a victim did not leave in time, and is ordered in a stricter mode',
  'rollback.action': 'an action of a victim was carried out, or failed',
  'victim.stopped':
    'a victim is gone: `yielded`, `suspended`, `finished_in_grace`, `failed_in_grace`, `aborted`, `killed` or `lost_worker`',
  'victim.spared': 'a task is no victim any more: it did not yield, or is being stopped for another reason',
  'slot.granted': 'the preemptor starts',
  'reservation.expired': 'the slot that was reserved for the preemptor was not free in time',
  'reservation.stolen': 'a more urgent task took the reserved slot',
  'reservation.replanned': 'a victim was kept, and another one is needed',
  'preemptor.left': 'the preemptor does not wait any more',
} as const;

/** Every attribute of spans and of their events. Ids are here, and never on a metric. Times are ISO texts, durations milliseconds. */
export const SPAN_ATTRIBUTES = {
  'messaging.system': '`nats`',
  'messaging.operation.name': '`process`, `ack`, `nack`, `requeue` or `preempt`',
  'messaging.operation.type': '`process` or `settle`',
  'messaging.destination.name': '`tasks.<band>`',
  'messaging.message.id': 'the task',
  'error.type': 'the error code of an attempt, or of a rollback action, that failed',
  'precedent.task.id': 'the task',
  'precedent.task.type': 'its type',
  'precedent.task.band': 'its band',
  'precedent.task.epoch': 'the lease',
  'precedent.task.attempt': 'the attempt; a resumed run goes on with the one before',
  'precedent.task.state': 'the state after the end of the run',
  'precedent.task.wait_ms': 'from the submission to the first start',
  'precedent.pool': 'the pool',
  'precedent.namespace': 'the namespace',
  'precedent.project': 'the project',
  'precedent.worker.name': 'the worker',
  'precedent.worker.session': 'its session; on `preempt`, the session on which the preemptor is to run',
  'precedent.links.*':
    'the spans that the links of this type point at, as `<trace>/<span>`: for backends that drop the attributes of links',
  'precedent.run.outcome':
    '`completed`, `failed`, `cancelled`, `timed_out`, `retrying`, `preempted`, `suspended`, `lost`, `returned` or `yielded`',
  'precedent.victim.outcome': 'how the run of a victim ended',
  'precedent.victim.lost_ms': 'work of the victim that has to be repeated',
  'precedent.victim.mode': 'how the victim is ordered to stop',
  'precedent.victim.mode.before': 'the mode before the escalation',
  'precedent.spared.reason': '`not_yielded` or `stopped`',
  'precedent.duration_ms': 'until the step was durable',
  'precedent.waited_ms': 'since the decision',
  'precedent.preemptor.in_time':
    'whether it started within the grace of its victims and the margin of the breaker',
  'precedent.candidate.fate': 'why a running task was not chosen',
  'precedent.resume.from': '`checkpoint`, `start`, or `suspended`: it goes on where it was frozen',
  'precedent.resume.segments': 'runs before this one that ended without a verdict',
  'precedent.resume.ran_ms': 'the run time of this attempt in them',
  'precedent.resume.preempt_count': 'how often it was a victim',
  'precedent.resume.undo_count': 'rollback actions to be carried out first',
  'precedent.checkpoint.id': 'lease and step',
  'precedent.checkpoint.hash': 'SHA-256 of the state',
  'precedent.checkpoint.bytes': 'its size',
  'precedent.checkpoint.version': 'of the code that wrote it',
  'precedent.checkpoint.fraction': 'the progress that is stored with it',
  'precedent.rollback.action': 'the name of the action',
  'precedent.rollback.id': 'the lease and the step that registered it',
  'precedent.rollback.ok': 'whether it was carried out',
  'precedent.round.waiting': 'heads of queues that the round looked at',
  'precedent.round.decisions': 'decisions that it made, in all pools',
  'precedent.round.outcomes': 'those of this pool',
  'precedent.decision.id': 'the decision',
  'precedent.decision.outcome':
    '`preempted`, `reclaim_idle`, `reservation_stolen`, `wait_natural`, `infeasible`, `denied_budget` or `breaker_open`',
  'precedent.decision.reason': 'why',
  'precedent.decision.rule.version': 'of the rule',
  'precedent.decision.snapshot.hash': 'of the snapshot that it was made on',
  'precedent.scheduler.epoch': 'the engine that decided',
  'precedent.trigger': '`no_fit`, `reservation_stolen`, `exempt_expired` or `manual`',
  'precedent.tenant.preemptor': 'the tenant of the preemptor',
  'precedent.preemptor.task.id': 'the task that waits',
  'precedent.preemptor.task.type': 'its type',
  'precedent.preemptor.task.band': 'its band: the right to preempt',
  'precedent.preemptor.task.band.effective': 'its band after aging: its order in the queue',
  'precedent.preemptor.task.wait_ms': 'how long it has waited',
  'precedent.preemptor.task.demand': 'what it requires of a worker',
  'precedent.victims.count': 'how many tasks are preempted',
  'precedent.victims.ids': 'their ids',
  'precedent.victims.bands': 'their bands',
  'precedent.victims.tenants': 'their tenants',
  'precedent.victims.lost_ms': 'work that each is expected to lose',
  'precedent.victims.restore_ms': 'the time that each is expected to need to go on',
  'precedent.victims.preempt_count': 'how often each was a victim before',
  'precedent.victims.run_ms': 'how long each has run',
  'precedent.victims.mode': 'how each gives up its slot',
  'precedent.candidates.total': 'running tasks',
  'precedent.candidates.chosen': 'chosen as victims',
  'precedent.candidates.not_needed': 'could be chosen, and need not be',
  'precedent.candidates.rejected.*':
    'rejected, by reason: `placement`, `band`, `never`, `atomic`, `exempt`, `max_count`, `budget`, `natural`, `tenant`, `leaving`, `spared`',
  'precedent.reclaimed.ids': 'tasks whose slot costs nothing',
  'precedent.stolen.ids': 'tasks whose reservation is taken over',
  'precedent.cost.total_ms': 'what the victims lose',
  'precedent.gain.saved_wait_ms': 'what the preemptor gains',
  'precedent.wait_natural_ms': 'until it would start without preemption',
  'precedent.prediction.support': 'number of runs from which that is predicted',
  'precedent.policy.requested': 'the mode that the last victim to leave requests',
  'precedent.policy.applied': 'the mode that it gets',
  'precedent.grace_ms': 'its grace',
  'precedent.deadline': 'when its slot is to be free',
  'precedent.reservation.id': 'the reservation of the preemptor: task and worker session',
  'precedent.reservation.expires_at': 'until when',
  'precedent.breaker.state': '`closed` or `open`',
  'precedent.budget.tenant_remaining': 'preemptions that the tenant of the victims has left in its budget',
} as const;
