import type { TelemetryEvent } from './telemetry.port.ts';
import { TOKEN_REFUSALS } from './token-verifier.port.ts';

/** What an event reports. `fields` names every field, so that a new one cannot be forgotten here. */
export interface EventNotes<Field extends string = string> {
  readonly when: string;
  readonly fields: Readonly<Record<Field, string>>;
}

type Table = {
  readonly [Name in TelemetryEvent['name']]: EventNotes<
    FieldsOf<Extract<TelemetryEvent, { readonly name: Name }>>
  >;
};
type FieldsOf<Event> = Exclude<keyof Event, 'name'> & string;

/** Every event of the telemetry port in words. `docs/telemetry.md` is made from it. */
export const TELEMETRY_EVENTS: Table = {
  'engine.state': {
    when: 'The engine has another state.',
    fields: { from: 'the state before', to: 'the state now', cause: 'the problem that it failed with' },
  },
  'engine.standby': {
    when: 'Another engine owns the cell; at every look.',
    fields: { owner: 'that engine' },
  },
  'recovery.finished': {
    when: 'Snapshot and journal are replayed, and the cell is claimed.',
    fields: {
      ms: 'how long it took',
      entries: 'journal entries replayed',
      open: 'tasks without a verdict',
      fromSnapshot: 'whether a snapshot was there',
      epoch: 'the epoch of this engine',
    },
  },
  'journal.flushed': {
    when: 'A journal entry is durable.',
    fields: {
      records: 'records in it',
      bytes: 'its size, in characters',
      ms: 'from its sending to its acknowledgement',
    },
  },
  'journal.unavailable': {
    when: 'An append, or the reading back after one, has failed.',
    fields: { attempt: 'how many in a row', problem: 'why' },
  },
  'journal.restored': {
    when: 'The journal was read back after a failure.',
    fields: { landed: 'entries in doubt that were there' },
  },
  'snapshot.written': {
    when: 'A snapshot is complete.',
    fields: {
      tasks: 'rows in it',
      entries: 'its entries',
      ms: 'how long it took',
      asOf: 'the journal sequence that it begins at',
    },
  },
  'journal.void': {
    when: 'Entries that no engine appended were passed over: another client publishes into the subject of the journal.',
    fields: { entries: 'how many', seq: 'the last entry that was looked at' },
  },
  'snapshot.failed': { when: 'A snapshot was given up.', fields: { problem: 'why' } },
  'snapshot.unreadable': {
    when: 'The latest snapshot cannot be read; the one before it, or the journal, is used.',
    fields: { problem: 'why' },
  },
  'journal.reader_lagging': {
    when: 'The journal was purged past a reader that lags beyond the retention.',
    fields: {
      reader: 'its name',
      passed: 'the journal sequence up to which it has read',
      upTo: 'the one up to which the journal was purged',
    },
  },
  'ingress.refused': {
    when: 'A band was full.',
    fields: { band: 'the band', code: 'the error code', count: 'tasks refused' },
  },
  'worker.joined': {
    when: 'A worker has said hello.',
    fields: { worker: 'its name', session: 'its connection', slots: 'tasks that it runs at a time' },
  },
  'worker.left': {
    when: 'A worker has said goodbye, was silent too long, or could not be reached.',
    fields: {
      worker: 'its name',
      session: 'its connection',
      why: 'which of these',
      lost: 'leases lost with it',
    },
  },
  'report.stale': {
    when: 'A worker reported the end of a lease that is not current.',
    fields: { worker: 'its name', id: 'the task', epoch: 'the lease that it spoke of' },
  },
  'predictions.refused': {
    when: 'A message with predictions was no such thing, or too large.',
    fields: { problem: 'what is wrong with it' },
  },
  'connection.refused': {
    when: 'A connection had no valid credential: the first at once, those like it within a second together.',
    fields: {
      reason: `no credential, not a key, unknown, wrong secret, revoked, no grant, or of a token: ${TOKEN_REFUSALS.join(', ')}`,
      credential: 'the id of the credential, where it has the form of one',
      host: 'the address that it came from',
      detail: 'the principal without a grant, or why a provider cannot be reached',
      count: 'how many',
    },
  },
  'connection.ended': {
    when: 'The keys or grants of a principal have changed, so that its connections were ended.',
    fields: { principal: 'the name of the principal', connections: 'how many' },
  },
  'message.failed': {
    when: 'What a worker has sent could not be dealt with, for no reason that is known.',
    fields: { problem: 'what went wrong' },
  },
  'lease.missing': {
    when: 'A worker does not list a lease that was delivered to it.',
    fields: { id: 'the task', epoch: 'the lease', worker: 'its name' },
  },
  'worker.blocked': {
    when: 'Code of a handler blocks the event loop of a worker: its leases go on, and it gets no new ones.',
    fields: {
      worker: 'its name',
      at: 'when the engine heard of it',
      since: 'when its event loop went on last',
      tasks: 'the tasks of which one blocks it',
      place: 'where that code is: a function, a file and a line',
    },
  },
  'worker.unblocked': {
    when: 'The event loop of a worker goes on.',
    fields: { worker: 'its name', at: 'when', ms: 'for how long it was blocked' },
  },
  'overdue.began': {
    when: 'The code of a lease has not left by the deadline of its stop: its slot stays taken.',
    fields: {
      worker: 'the worker',
      task: 'the task',
      epoch: 'the lease',
      at: 'when the engine noticed it',
      since: 'the deadline',
    },
  },
  'overdue.ended': {
    when: 'An overdue slot is free.',
    fields: {
      worker: 'the worker',
      task: 'the task',
      epoch: 'the lease',
      at: 'when',
      ms: 'for how long the code ran beyond its deadline',
      end: '`ended`: the code ended; `lost`: the worker is gone',
    },
  },
  'cell.sampled': {
    when: 'About once a second.',
    fields: {
      at: 'when',
      bands: 'of each band: queued, running and paused tasks, and the age of the first in the queue',
      workers: 'connected workers',
      slots: 'their slots',
      blocked: 'workers whose event loop is blocked',
      overdue: 'slots whose code has not left by the deadline of its stop',
      loads: 'how many of them are how busy',
      reservations: 'slots reserved for waiting tasks: freed by victims, held for large ones',
      backlog: 'characters that wait for the journal',
    },
  },
  'task.submitted': { when: 'An ingress has taken a task.', fields: { task: 'its row' } },
  'task.started': {
    when: 'A task has a lease, or is resumed after a suspension.',
    fields: {
      task: 'its row, with the lease',
      at: 'when',
      resumed: 'whether it goes on with an attempt that was interrupted',
    },
  },
  'task.ended': {
    when: 'A run has ended: its lease is over, or it is suspended, whatever the reason.',
    fields: {
      task: 'its row, after the end',
      run: 'the lease as it was',
      record: 'the end, as the journal has it',
      ranBeforeMs: 'what earlier runs of the same attempt took; 0: it was not resumed',
      lostMs: 'work that is to be done again because of a preemption',
    },
  },
  'task.settled': {
    when: 'A task has its verdict.',
    fields: { task: 'its row', record: 'the verdict, as the journal has it' },
  },
  'task.preempting': {
    when: 'A victim gets the order to give up its slot; again for each stricter order.',
    fields: {
      task: 'its row',
      at: 'when',
      order: 'the decision, the mode and the deadline',
      before: 'its order before this one',
    },
  },
  'task.preemption_withdrawn': {
    when: 'An order to give up the slot no longer holds, and the task still has its slot.',
    fields: {
      task: 'its row',
      at: 'when',
      order: 'the order that it had',
      why: '`not_yielded`: it did not yield in time and keeps its slot; `stopped`: it is being cancelled or timed out instead',
    },
  },
  'task.step_recorded': {
    when: 'A checkpoint, a rollback action, or the outcome of a rollback action is durable.',
    fields: {
      task: 'its row',
      step: 'the checkpoint, the rollback action, or its outcome',
      at: 'when it came',
      ms: 'until it was durable',
      order: 'the order that the task had as a victim',
      rollback: 'the action that was carried out, or failed',
    },
  },
  'preemption.decided': {
    when: 'A round has decided about a waiting task: to take something, or why not, when that is news.',
    fields: {
      id: 'the decision',
      epoch: 'the epoch of this engine',
      record: 'the decision with all that it rests on',
      preemptor: 'the row of the waiting task',
      victims: 'the rows of its victims',
    },
  },
  'preemption.round': {
    when: 'A round with a decision has ended.',
    fields: {
      at: 'when it began',
      ms: 'how long it took',
      waiting: 'heads of queues that it looked at',
      decisions: 'decisions made',
    },
  },
  'preemption.ended': {
    when: 'A decision that took something has led to a start, or never will.',
    fields: {
      decision: 'its id',
      task: 'the preemptor',
      at: 'when',
      end: '`started`, `expired`, `stolen`, `replanned`, or `left`: the preemptor does not wait any more',
      epoch: 'the lease that the preemptor starts with; 0 when it does not',
      waitedMs: 'since the decision',
      inTime: 'whether it started within the grace of its victims and the margin of the breaker',
    },
  },
  'express.ended': {
    when: 'A task in an express slot moved into a slot, or ended: its worker is no longer above its slot count because of it.',
    fields: {
      worker: 'the worker',
      task: 'the task',
      at: 'when',
      ms: 'for how long the worker was above its slot count because of the task',
      end: '`slot`: the task moved into a slot; `ended`: its code ended; `lost`: the worker is gone',
    },
  },
  'preemption.breaker': {
    when: 'The breaker of a pool has opened.',
    fields: {
      pool: 'the pool',
      open: 'true',
      cause: '`repeats`, `late_starts` or `lost_work`',
      until: 'when it closes',
    },
  },
  'stop.progress': {
    when: 'The engine waits for running work to end.',
    fields: { running: 'leases that are left', remainingMs: 'how long it still waits' },
  },
};
