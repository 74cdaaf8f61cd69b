import type { LoadMessage, MachineLoad } from '@precedent/contracts';
import { MEASURES } from '@precedent/work';
import type { SmoothedLoad, LoadRules } from '@precedent/work';

export interface LoadReportOptions {
  /** Of the worker, now. */
  readonly session: () => string;
  /** Sends a message that is not answered. False when it could not be sent. */
  readonly tell: (message: LoadMessage) => boolean;
  /** Milliseconds between two messages, at least: a heartbeat. */
  readonly everyMs: number;
  readonly thresholds: LoadRules['thresholds'];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** An engine that missed a message knows after this; one that is new learns it from the hello. Milliseconds. */
const REPEAT_MS = 5_000;
/** What a measure moves by before it is worth a message. */
const STEP = 0.05;

/** Tells the engine how busy the machine is: when it has changed, once a heartbeat at most, and now and then anyway. */
export const loadReport = ({
  session,
  tell,
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
    if (!isDue || !tell(message())) return;
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

/** One line for people when other bands are held back than before; `undefined` when they are the same. */
export const loadLine = (before: SmoothedLoad | undefined, load: SmoothedLoad): string | undefined => {
  const held = load.throttledBands.join(', ');
  if (held === (before?.throttledBands.join(', ') ?? '')) return undefined;
  const alerts = load.alerts.map(
    ({ measure, value, threshold }) => `${measure} ${percent(value)}, threshold ${percent(threshold)}`,
  );
  const why = alerts.length === 0 ? '' : ` (${alerts.join('; ')})`;
  return `machine load ${load.level}${why}: ${held === '' ? 'new tasks of all bands' : `no new tasks of ${held}`}`;
};
