import type { PredictionsMessage } from '@precedent/contracts';
import { warningsOf } from '@precedent/semantic';
import type { Forecast, TaskFacts } from '@precedent/semantic';
import { publishNews } from './task-event.ts';
import type { Feed } from './task-event.ts';

/** Warnings of one round; and tasks that are remembered because they were warned of. */
const WARNINGS_MAX = 20;
const WARNED_MAX = 10_000;

/** Reports to the engine how long open tasks take, and to the feed which of them are likely to end badly, each once. Returns at once. */
export const publishForecasts = (feed: Feed): ((forecasts: readonly Forecast[]) => void) => {
  const warned = new Set<string>();
  const warnOnce = (facts: TaskFacts, content: object): void => {
    const subject = feed.subjects.warned(facts);
    publishNews(feed, facts, { event: 'warned', mark: 'warned', subject, content });
    const [oldest] = warned.add(facts.id);
    if (warned.size > WARNED_MAX && oldest !== undefined) warned.delete(oldest);
  };
  return (forecasts) => {
    publishDurations(feed, forecasts);
    const news = forecasts.flatMap(newsOf).filter(({ facts }) => !warned.has(facts.id));
    for (const { facts, warnings } of news.slice(0, WARNINGS_MAX)) warnOnce(facts, { warnings });
  };
};

const newsOf = ({ tasks, prediction }: Forecast) =>
  tasks.flatMap((facts) => {
    const warnings = warningsOf(prediction, facts.limits?.attemptTimeoutMs);
    return warnings.length > 0 ? [{ facts, warnings }] : [];
  });

const publishDurations = ({ nc, subjects, cell }: Feed, forecasts: readonly Forecast[]): void => {
  const predictions = forecasts.flatMap(({ tasks, prediction: { duration } }) => {
    if (duration === undefined) return [];
    const { p10, p50, p90, support } = duration;
    return [{ ids: tasks.map(({ id }) => id), duration: { p10, p50, p90, support } }];
  });
  const message: PredictionsMessage = { predictions };
  if (predictions.length > 0 && !nc.isClosed())
    nc.publish(subjects.predictions(cell), JSON.stringify(message));
};
