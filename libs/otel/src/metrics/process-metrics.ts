import type { PROCESS_METRICS } from './process-specs.ts';
import type { Registry } from './registry.ts';

/** Figures of the operating system and the runtime about this process. The returned function reads them again. */
export const processMetrics = <Name extends string>(
  registry: Registry<Name | keyof typeof PROCESS_METRICS>,
): (() => void) => {
  let loop = performance.eventLoopUtilization();
  registry.value('process_start_time_seconds').set(performance.timeOrigin / 1_000);
  return () => {
    const { user, system } = process.cpuUsage();
    const now = performance.eventLoopUtilization();
    registry.value('process_cpu_seconds_total').set((user + system) / 1e6);
    registry.value('process_resident_memory_bytes').set(process.memoryUsage.rss());
    registry.value('process_heap_bytes').set(process.memoryUsage().heapUsed);
    registry
      .value('nodejs_eventloop_utilization')
      .set(performance.eventLoopUtilization(now, loop).utilization);
    loop = now;
  };
};
