import { service } from '@precedent/kernel';
import type { Service } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import { sampleBetween } from './counters.ts';
import type { Counters } from './counters.ts';
import { IDLE_LOAD, foldLoad, loadOf } from './load-curve.ts';
import type { SmoothedLoad } from './load-curve.ts';
import { DEFAULT_LOAD_RULES } from './load-rules.ts';
import type { LoadRules } from './load-rules.ts';
import type { ResourceReader } from './machine-reader.ts';

export interface ResourceMonitorOptions {
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>;
  readonly reader: ResourceReader;
  /** Of the worker. */
  readonly slots: number;
  /** Milliseconds between two readings. Default 1,000. */
  readonly everyMs?: number;
  readonly rules?: LoadRules;
  /** Called after every reading but the first, which has nothing to compare with. */
  readonly onLoad?: (load: SmoothedLoad) => void;
}

/** Watches the machine while it runs. */
export interface ResourceMonitor extends Service {
  /** As of the last reading; an idle machine before it. */
  readonly load: SmoothedLoad;
}

/** Reads and folds samples periodically, and reports the load. A failed reading is skipped. */
export const resourceMonitor = (options: ResourceMonitorOptions): ResourceMonitor => {
  const { clock, reader, slots, everyMs = 1_000, rules = DEFAULT_LOAD_RULES, onLoad } = options;
  let state = IDLE_LOAD;
  let before: Counters | undefined;
  let reading = Promise.resolve();
  let closed = false;
  let disarm = (): void => undefined;
  const take = async (): Promise<void> => {
    const now = await reader(clock.now());
    if (before !== undefined) state = foldLoad(state, sampleBetween(before, now), rules);
    const isFirst = before === undefined;
    before = now;
    if (!isFirst && !closed) onLoad?.(loadOf(state, slots, rules));
  };
  const round = (): void => {
    reading = take()
      .catch(() => undefined)
      .then(wait);
  };
  const wait = (): void => {
    if (!closed) disarm = clock.wakeAt(clock.now() + everyMs, round);
  };
  const steps = service({
    name: 'resource monitor',
    open: async () => {
      round();
      await reading;
    },
    close: async () => {
      closed = true;
      disarm();
      await reading;
    },
  });
  return {
    ...steps,
    get load() {
      return loadOf(state, slots, rules);
    },
  };
};
