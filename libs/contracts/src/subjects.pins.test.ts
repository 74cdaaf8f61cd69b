import { BANDS } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { ENGINE_OPERATIONS } from './operations/engine.ts';
import type { ApiVerb } from './operations/verbs.ts';
import { DEFAULT_CELL, DEFAULT_ROOT, streamsOf, subjectsOf } from './subjects.ts';
import { TASK_EVENTS, TASK_STATES, VERDICTS } from '@precedent/contract-types';

const apiVerbs = Object.keys(ENGINE_OPERATIONS) as ApiVerb[];

/** Clients, permissions and stored streams depend on every text here: add to them, never change them. */
describe('the names on the wire', () => {
  it('of the root and the cell never change', () => {
    expect([DEFAULT_ROOT, DEFAULT_CELL]).toEqual(['precedent.v1', 'main']);
  });

  it('of the verbs never change', () => {
    expect(apiVerbs).toEqual([
      'get',
      'list',
      'counts',
      'wait',
      'cancel',
      'retry',
      'reband',
      'delete',
      'deleteForgotten',
      'bulkPreview',
      'bulkStart',
      'why',
      'decisions',
      'dryRun',
      'workers',
      'status',
    ]);
  });

  it('of the events never change', () => {
    expect(TASK_EVENTS).toEqual([
      'waiting',
      'queued',
      'started',
      'progress',
      'retrying',
      'requeued',
      'rebanded',
      'stopping',
      'overdue',
      'blocking',
      'preempting',
      'preempted',
      'completed',
      'failed',
      'cancelled',
      'timed_out',
      'skipped',
      'rejected',
      'deleted',
    ]);
  });

  it('of the states and the verdicts never change', () => {
    expect(TASK_STATES).toEqual([
      'waiting',
      'queued',
      'running',
      'preempted',
      'retrying',
      'completed',
      'failed',
      'cancelled',
      'timed_out',
      'skipped',
      'rejected',
    ]);
    expect(VERDICTS).toEqual(['completed', 'failed', 'cancelled', 'timed_out', 'skipped', 'rejected']);
  });

  it('of the subjects never change', () => {
    const s = subjectsOf();
    const event = {
      namespace: 'default',
      project: 'shop',
      type: 'document.process',
      event: 'completed',
    } as const;
    expect({
      root: s.root,
      drop: BANDS.map(s.drop),
      dropAny: s.drop('*'),
      submit: BANDS.map(s.submit),
      submitAny: s.submit('*'),
      api: apiVerbs.map(s.api),
      apiGroup: s.apiGroup,
      event: s.event(event),
      events: s.events(),
      eventsOfProject: s.events('default.shop.>'),
      assign: s.assign('W1'),
      signal: s.signal('W1'),
      report: s.report('main'),
      leaderHeartbeat: s.leaderHeartbeat('main'),
      standby: s.standby('main'),
      predictions: s.predictions('main'),
      warned: s.warned(event),
      journal: s.journal('main'),
      snapshot: s.snapshot('main'),
      log: s.log('T1'),
      logs: s.logs,
    }).toEqual({
      root: 'precedent.v1',
      drop: [
        'precedent.v1.tasks.low',
        'precedent.v1.tasks.normal',
        'precedent.v1.tasks.high',
        'precedent.v1.tasks.critical',
      ],
      dropAny: 'precedent.v1.tasks.*',
      submit: [
        'precedent.v1.submit.low',
        'precedent.v1.submit.normal',
        'precedent.v1.submit.high',
        'precedent.v1.submit.critical',
      ],
      submitAny: 'precedent.v1.submit.*',
      api: [
        'precedent.v1.task.get',
        'precedent.v1.task.list',
        'precedent.v1.task.counts',
        'precedent.v1.task.wait',
        'precedent.v1.task.cancel',
        'precedent.v1.task.retry',
        'precedent.v1.task.reband',
        'precedent.v1.task.delete',
        'precedent.v1.task.deleteForgotten',
        'precedent.v1.task.bulkPreview',
        'precedent.v1.task.bulkStart',
        'precedent.v1.task.why',
        'precedent.v1.task.decisions',
        'precedent.v1.task.dryRun',
        'precedent.v1.task.workers',
        'precedent.v1.task.status',
      ],
      apiGroup: 'precedent.v1.task',
      event: 'precedent.v1.events.default.shop.document-process.completed',
      events: 'precedent.v1.events.>',
      eventsOfProject: 'precedent.v1.events.default.shop.>',
      assign: 'precedent.v1.worker.W1.assign',
      signal: 'precedent.v1.worker.W1.signal',
      report: 'precedent.v1.cell.main.report',
      leaderHeartbeat: 'precedent.v1.cell.main.roll-call',
      standby: 'precedent.v1.cell.main.standby',
      predictions: 'precedent.v1.cell.main.predictions',
      warned: 'precedent.v1.events.default.shop.document-process.warned',
      journal: 'precedent.v1.journal.main',
      snapshot: 'precedent.v1.snapshot.main',
      log: 'precedent.v1.logs.T1',
      logs: 'precedent.v1.logs.>',
    });
  });

  it('of the streams, buckets and consumers never change', () => {
    const s = streamsOf();
    expect([
      s.tasks,
      s.logs,
      s.leases,
      s.blobs,
      s.objects,
      s.sets,
      s.journal('main'),
      s.snapshot('main'),
      s.webhooks,
      ...BANDS.map(s.ingressConsumer),
    ]).toEqual([
      'PRECEDENT_TASKS',
      'PRECEDENT_LOGS',
      'LEASES',
      'PRECEDENT_BLOBS',
      'PRECEDENT_OBJECTS',
      'PRECEDENT_SETS',
      'JOURNAL_main',
      'SNAPSHOT_main',
      'PRECEDENT_WEBHOOKS',
      'door-low',
      'door-normal',
      'door-high',
      'door-critical',
    ]);
  });

  it('under another root never change', () => {
    const s = streamsOf('acme.prod');
    expect([s.tasks, s.logs, s.leases, s.blobs, s.journal('main'), s.snapshot('main')]).toEqual([
      'PRECEDENT_TASKS_acme_prod',
      'PRECEDENT_LOGS_acme_prod',
      'LEASES_acme_prod',
      'PRECEDENT_BLOBS_acme_prod',
      'JOURNAL_main_acme_prod',
      'SNAPSHOT_main_acme_prod',
    ]);
    expect(subjectsOf('acme.prod').submit('low')).toBe('acme.prod.submit.low');
    const names = ['a.b', 'a_b', 'a-b', 'a-_b', 'a.-b', 'a-.b', 'a._b', 'a_.b'].map(
      (root) => streamsOf(root).tasks,
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
