import type { Client, PredictReply } from '@precedent/client';
import type { PredictRequest, TaskSpec } from '@precedent/contracts';
import type { TaskWarning } from '@precedent/contract-types';
import { countText, formatDuration } from '@precedent/kernel';

/** How long a command of another purpose waits for a prediction. Milliseconds. */
const PREDICT_MS = 300;

/** The prediction; `undefined` when the vectorizer does not answer in time, or has none. */
export const predicted = async (client: Client, about: PredictRequest): Promise<PredictReply | undefined> => {
  try {
    return await client.search.predict(about, { timeoutMs: PREDICT_MS });
  } catch {
    // The user did not request a prediction: a failure is not reported.
    return undefined;
  }
};

/** Warnings about a task that is about to be submitted; usually none. */
export const warningsFor = async (
  client: Client,
  { project, type, name, command, args, payload, timeouts }: TaskSpec,
  namespace: string,
): Promise<readonly TaskWarning[]> => {
  const timeout = timeouts?.attempt;
  const fields = { project, type, name, command, args, payload, timeout };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const reply = await predicted(client, { namespace, ...Object.fromEntries(given) });
  return reply?.warnings ?? [];
};

/** All warnings in one line. */
export const warningText = (warnings: readonly TaskWarning[]): string =>
  warnings.length === 0 ? '' : `warning: ${warnings.map(reasonText).join('; ')}\n`;

const reasonText = (warning: TaskWarning): string => {
  const { support } = warning;
  if (warning.reason === 'likely_to_fail')
    return `likely to fail: ${percentText(warning.odds)} of ${countText(support, 'similar task')} failed (at least ${percentText(warning.low)})`;
  const { p90, timeoutMs, suggestedMs } = warning;
  const advice = suggestedMs === undefined ? '' : `, suggested timeout ${formatDuration(suggestedMs)}`;
  return `likely to time out: one in ten of ${countText(support, 'similar run')} takes longer than ${formatDuration(p90)}, its timeout is ${formatDuration(timeoutMs)}${advice}`;
};

export const percentText = (share: number): string => `${Math.round(share * 100)} %`;
