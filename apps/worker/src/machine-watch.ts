import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import type { WorkerAlert } from '@precedent/contracts';
import type { MachineLoad } from '@precedent/contract-types';
import type { Client, Worker } from '@precedent/client';
import type { Config } from '@precedent/config';
import { systemClock } from '@precedent/processes';
import { DEFAULT_LOAD_RULES, machineReader, resourceMonitor } from '@precedent/work';
import type { SmoothedLoad, LoadRules, ResourceMonitor } from '@precedent/work';
import { alertChanges } from './load-alerts.ts';
import { loadLine, loadReport, machineLoadOf } from './load-report.ts';

export interface MachineWatchParts {
  readonly client: Client;
  readonly worker: Worker;
  readonly say: (line: string) => void;
}

export interface MachineWatch {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is reported to the engine; `undefined` while nothing is known, or nothing is tracked. */
  report(): MachineLoad | undefined;
}

/** Watches the machine, and reports its load to the engine; does nothing when `worker.load.enabled` is off. */
export const machineWatch = (config: Config, parts: MachineWatchParts): MachineWatch => {
  const none = () => Promise.resolve();
  if (!config.worker.load.enabled) return { start: none, stop: none, report: () => undefined };
  const rules = rulesOf(config.worker.load);
  let last: SmoothedLoad | undefined;
  const monitor = monitorOf(config, { ...parts, rules, onLoad: (load) => void (last = load) });
  return {
    start: () => monitor.start(),
    stop: () => monitor.stop(),
    report: () => last && machineLoadOf(last, rules.thresholds),
  };
};

/** The default rules with the configured thresholds. */
export const rulesOf = ({ cpu, memory, disk, ioWait }: Config['worker']['load']): LoadRules => ({
  ...DEFAULT_LOAD_RULES,
  thresholds: { cpu: cpu / 100, memory: memory / 100, disk: disk / 100, ioWait: ioWait / 100 },
});

interface MonitorParts extends MachineWatchParts {
  readonly rules: LoadRules;
  readonly onLoad: (load: SmoothedLoad) => void;
}

const monitorOf = (config: Config, { client, worker, say, rules, onLoad }: MonitorParts): ResourceMonitor => {
  const { link, subjects } = client;
  const clock = systemClock();
  const report = loadReport({
    session: () => worker.session,
    everyMs: config.worker.heartbeat,
    thresholds: rules.thresholds,
    now: () => clock.now(),
    send: (message) => {
      // Only a worker with an engine, that takes tasks, reports its load.
      if (worker.state !== 'ready' || link.isClosed() || link.isDraining()) return false;
      link.publish(subjects.report(config.cell), JSON.stringify(message));
      return true;
    },
  });
  const publish = (alert: WorkerAlert): void => {
    if (link.isClosed() || link.isDraining()) return;
    const { name } = worker;
    const subject = subjects.workerEvent({ cell: config.cell, worker: name, event: alert.event });
    const options = { headers: eventHeaders(alert, { name, source: `/${subjects.root}/${config.cell}` }) };
    link.publish(subject, JSON.stringify({ worker: name, ...alert }), options);
  };
  let last: SmoothedLoad | undefined;
  return resourceMonitor({
    clock,
    reader: machineReader({ diskPath: config.storage.dataDir }),
    slots: config.execution.maxConcurrent,
    rules,
    onLoad: (load) => {
      const line = loadLine(last, load);
      if (line !== undefined) say(line);
      for (const alert of alertChanges(last?.alerts ?? [], load, clock.now())) publish(alert);
      last = load;
      onLoad(load);
      report(load);
    },
  });
};

/** CloudEvents in binary mode. */
const eventHeaders = (alert: WorkerAlert, { name, source }: { name: string; source: string }): MsgHdrs => {
  const event = headers();
  event.set('ce-specversion', '1.0');
  event.set('ce-id', `${name}-${alert.measure}-${alert.event}-${alert.at}`);
  event.set('ce-source', source);
  event.set('ce-type', `precedent.worker.${alert.event}.v1`);
  event.set('ce-subject', name);
  event.set('ce-time', new Date(alert.at).toISOString());
  event.set('content-type', 'application/json');
  return event;
};
