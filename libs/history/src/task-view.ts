import { defined } from '@precedent/kernel';
import type { HistoryTaskView } from '@precedent/contract-types';
import type { TaskEntry } from '@precedent/ports';
import { startedAttemptsOf } from '@precedent/tasks';
import type { LeanBody } from './lean.ts';

const orNone = (count: number): number | undefined => (count > 0 ? count : undefined);

/** A task as it is shown in a list: what may be large is left out. */
export const listedView = (entry: TaskEntry): HistoryTaskView => {
  const { row, name, command } = entry;
  const { class: kind, run, durable } = row;
  return defined({
    id: row.id,
    namespace: kind.namespace,
    project: kind.project,
    name,
    type: kind.type,
    band: kind.band,
    submittedBand: kind.submittedBand,
    pool: kind.pool,
    labels: Object.keys(kind.labels).length > 0 ? kind.labels : undefined,
    security: kind.security,
    submittedBy: kind.by?.name,
    signedBy: kind.by?.signer,
    state: entry.state,
    stopping: stoppingOf(entry),
    attempt: startedAttemptsOf(row),
    retries: row.retries,
    submittedAt: row.submittedAt,
    ...timesOf(entry),
    worker: run.worker,
    losses: orNone(row.losses),
    preemptions: orNone(durable.preemptions),
    checkpoint: checkpointOf(entry),
    rollbackFailed: durable.failedRollbacks.length > 0 ? durable.failedRollbacks.map(failedOf) : undefined,
    command,
    error: run.error,
  });
};

/** A task with everything that is known of it. */
export const fullView = (entry: TaskEntry): HistoryTaskView => {
  const body = JSON.parse(entry.row.body) as LeanBody;
  return defined({ ...listedView(entry), ...body, result: entry.row.run.result });
};

const timesOf = ({ row, firstStartedAt, ranMs }: TaskEntry) => {
  const { startedAt, dueAt, settledAt } = row.run;
  const started = firstStartedAt > 0;
  return {
    startedAt,
    firstStartedAt: orNone(firstStartedAt),
    dueAt,
    settledAt,
    waitedMs: started ? firstStartedAt - row.submittedAt : undefined,
    ranMs: started ? ranMs : undefined,
  };
};

const stoppingOf = ({ row: { state, run } }: TaskEntry): HistoryTaskView['stopping'] | undefined => {
  if (state === 'stopping') return run.stop;
  return state === 'preempting' ? 'preempt' : undefined;
};

const checkpointOf = ({ row: { durable } }: TaskEntry): HistoryTaskView['checkpoint'] | undefined => {
  const [latest] = durable.checkpoints;
  return latest && { epoch: latest.epoch, seq: latest.seq, at: latest.at, bytes: latest.bytes };
};

const failedOf = ({ rollback, error }: TaskEntry['row']['durable']['failedRollbacks'][number]) => ({
  name: rollback.name,
  error,
});
