import type { WorkerAlert } from '@precedent/contracts';
import type { SmoothedLoad, LoadAlert } from '@precedent/work';

/** The alerts to publish: for a measure that has reached or changed its level, and for one that is normal again. */
export const alertChanges = (
  before: readonly LoadAlert[],
  load: SmoothedLoad,
  at: number,
): readonly WorkerAlert[] => {
  const raised = load.alerts
    .filter(({ measure, level }) => levelOf(before, measure) !== level)
    .map((alert): WorkerAlert => ({ ...alert, event: 'alert_raised', at }));
  const cleared = before
    .filter(({ measure }) => levelOf(load.alerts, measure) === undefined)
    .map((alert): WorkerAlert => ({
      ...alert,
      event: 'alert_cleared',
      level: 'normal',
      value: load.values[alert.measure],
      at,
    }));
  return [...raised, ...cleared];
};

const levelOf = (alerts: readonly LoadAlert[], measure: LoadAlert['measure']): string | undefined =>
  alerts.find((alert) => alert.measure === measure)?.level;
