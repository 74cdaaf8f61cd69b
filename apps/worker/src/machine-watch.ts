import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import type { WorkerAlert } from '@precedent/contracts';
import type { Client, Worker } from '@precedent/client';
import type { Config } from '@precedent/config';
import { systemClock } from '@precedent/processes';
import { machineReader, resourceMonitor } from '@precedent/work';
import type { Load, ResourceMonitor } from '@precedent/work';
import { alertChanges } from './load-alerts.ts';
import { loadLine, loadReport } from './load-report.ts';

export interface MachineWatchParts {
  readonly client: Client;
  readonly worker: Worker;
  readonly say: (line: string) => void;
}

/** Watches the machine, and tells the engine how much work it can take. */
export const machineWatch = (config: Config, { client, worker, say }: MachineWatchParts): ResourceMonitor => {
  const { link, subjects } = client;
  const clock = systemClock();
  const report = loadReport({
    session: () => worker.session,
    everyMs: config.worker.heartbeat,
    now: () => clock.now(),
    tell: (message) => {
      // A worker that takes no work has nothing to recommend, and one without an engine nobody to tell.
      if (worker.state !== 'ready' || link.isClosed() || link.isDraining()) return false;
      link.publish(subjects.report(config.cell), JSON.stringify(message));
      return true;
    },
  });
  const publish = (alert: WorkerAlert): void => {
    if (link.isClosed() || link.isDraining()) return;
    const { name } = worker;
    const subject = subjects.workerEvent({ cell: config.cell, worker: name, event: alert.event });
    const terms = { headers: eventHeaders(alert, { name, source: `/${subjects.root}/${config.cell}` }) };
    link.publish(subject, JSON.stringify({ worker: name, ...alert }), terms);
  };
  let last: Load | undefined;
  return resourceMonitor({
    clock,
    reader: machineReader({ diskPath: config.storage.dataDir }),
    slots: config.execution.maxConcurrent,
    onLoad: (load) => {
      const line = loadLine(last, load);
      if (line !== undefined) say(line);
      for (const alert of alertChanges(last?.alerts ?? [], load, clock.now())) publish(alert);
      last = load;
      report(load);
    },
  });
};

/** CloudEvents in binary mode. */
const eventHeaders = (alert: WorkerAlert, { name, source }: { name: string; source: string }): MsgHdrs => {
  const terms = headers();
  terms.set('ce-specversion', '1.0');
  terms.set('ce-id', `${name}-${alert.measure}-${alert.event}-${alert.at}`);
  terms.set('ce-source', source);
  terms.set('ce-type', `precedent.worker.${alert.event}.v1`);
  terms.set('ce-subject', name);
  terms.set('ce-time', new Date(alert.at).toISOString());
  terms.set('content-type', 'application/json');
  return terms;
};
