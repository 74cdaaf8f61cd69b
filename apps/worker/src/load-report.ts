import type { LoadMessage } from '@precedent/contracts';
import type { MachineLoad } from '@precedent/contract-types';
import { MEASURES } from '@precedent/work';
import type { SmoothedLoad, LoadRules } from '@precedent/work';

export interface LoadReportOptions {
  /** Of the worker, now. */
  readonly session: () => string;
  /** Sends a message that is not answered. False when it could not be sent. */
  readonly send: (message: LoadMessage) => boolean;
  /** Milliseconds between two messages, at least: a heartbeat. */
  readonly everyMs: number;
  readonly thresholds: LoadRules['thresholds'];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The load is repeated after this, in case a message was lost. A new engine gets it with the hello. Milliseconds. */
const REPEAT_MS = 5_000;
/** The smallest change of a measure that is reported. */
const STEP = 0.05;

/** Reports the load of the machine to the engine when it has changed, at most once a heartbeat, and periodically. */
export const loadReport = ({
  session,
  send,
  everyMs,
  thresholds,
  now,
}: LoadReportOptions): ((load: SmoothedLoad) => void) => {
  let last: SmoothedLoad | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  return (load) => {
    const since = now() - sentAt;
    const isDue = since >= everyMs && (since >= REPEAT_MS || last === undefined || differs(last, load));
    const message = (): LoadMessage => ({
      kind: 'load',
      session: session(),
      ...machineLoadOf(load, thresholds),
    });
    if (!isDue || !send(message())) return;
    [last, sentAt] = [load, now()];
  };
};

const differs = (a: SmoothedLoad, b: SmoothedLoad): boolean =>
  a.level !== b.level ||
  a.recommendedConcurrency !== b.recommendedConcurrency ||
  a.throttledBands.join() !== b.throttledBands.join() ||
  MEASURES.some((measure) => Math.abs(a.values[measure] - b.values[measure]) >= STEP);

/** What is reported to the engine about a load. */
export const machineLoadOf = (load: SmoothedLoad, thresholds: LoadRules['thresholds']): MachineLoad => ({
  ...load.values,
  level: load.level,
  recommended: load.recommendedConcurrency,
  throttled: [...load.throttledBands],
  thresholds: { ...thresholds },
});

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** One line for the output when other bands are throttled than before; `undefined` when they are the same. */
export const loadLine = (before: SmoothedLoad | undefined, load: SmoothedLoad): string | undefined => {
  const throttled = load.throttledBands.join(', ');
  if (throttled === (before?.throttledBands.join(', ') ?? '')) return undefined;
  const alerts = load.alerts.map(
    ({ measure, value, threshold }) => `${measure} ${percent(value)}, threshold ${percent(threshold)}`,
  );
  const why = alerts.length === 0 ? '' : ` (${alerts.join('; ')})`;
  return `machine load ${load.level}${why}: ${throttled === '' ? 'new tasks of all bands' : `no new tasks of ${throttled}`}`;
};
