import type { WorkerAlert } from '@precedent/contracts';
import type { SmoothedLoad, LoadAlert } from '@precedent/work';

/** A measure has come to a level at which it matters, has moved to another such level, or is well again. */
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
