import type { Client, Worker } from '@precedent/client';
import type { Config } from '@precedent/config';
import { machineReader, resourceMonitor } from '@precedent/work';
import type { Load, ResourceMonitor } from '@precedent/work';
import { systemClock } from './clock.ts';
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
    now: clock.now,
    tell: (message) => {
      // A worker that takes no work has nothing to recommend, and one without an engine nobody to tell.
      if (worker.state !== 'ready' || link.isClosed() || link.isDraining()) return false;
      link.publish(subjects.report(config.cell), JSON.stringify(message));
      return true;
    },
  });
  let last: Load | undefined;
  return resourceMonitor({
    clock,
    reader: machineReader({ diskPath: config.storage.dataDir }),
    slots: config.execution.maxConcurrent,
    onLoad: (load) => {
      const line = loadLine(last, load);
      if (line !== undefined) say(line);
      last = load;
      report(load);
    },
  });
};
