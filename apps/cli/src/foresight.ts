import type { Client, PredictReply } from '@precedent/client';
import type { PredictRequest, TaskSpec, TaskWarning } from '@precedent/contracts';
import { countText, formatDuration } from '@precedent/kernel';

/** Who asks for something else waits no longer for what is predicted of it. Milliseconds. */
const PREDICT_MS = 300;

/** What is predicted; `undefined` where nobody answers soon, or cannot tell. */
export const predicted = async (client: Client, about: PredictRequest): Promise<PredictReply | undefined> => {
  try {
    return await client.search.predict(about, { timeoutMs: PREDICT_MS });
  } catch {
    // It was not asked for: that there is none is no news.
    return undefined;
  }
};

/** What speaks against a task that is about to be submitted; mostly nothing. */
export const warningsFor = async (
  client: Client,
  { project, type, name, command, args, payload, timeouts }: TaskSpec,
  namespace: string,
): Promise<readonly TaskWarning[]> => {
  const timeout = timeouts?.attempt;
  const said = { project, type, name, command, args, payload, timeout };
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  const reply = await predicted(client, { namespace, ...Object.fromEntries(given) });
  return reply?.warnings ?? [];
};

/** One line for all of them. */
export const warningText = (warnings: readonly TaskWarning[]): string =>
  warnings.length === 0 ? '' : `warning: ${warnings.map(reasonText).join('; ')}\n`;

const reasonText = (warning: TaskWarning): string => {
  const { support } = warning;
  if (warning.reason === 'likely_to_fail')
    return `it is likely to fail: ${percent(warning.odds)} of ${countText(support, 'similar task')} did (at least ${percent(warning.low)})`;
  const { p90, timeoutMs, suggestedMs } = warning;
  const advice = suggestedMs === undefined ? '' : `, ${formatDuration(suggestedMs)} would do`;
  return `it is likely to time out: one in ten of ${countText(support, 'similar run')} takes longer than ${formatDuration(p90)}, its timeout is ${formatDuration(timeoutMs)}${advice}`;
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;
