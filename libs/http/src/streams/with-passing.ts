import type { TaskEvent } from '@precedent/contract-types';
import { passingFrame } from './frames.ts';

/**
 * The frames of a stream with passing events between them. Of a kind of event that comes faster than the client reads, it gets the latest. The
 * stream ends with its frames.
 */
export async function* withPassing(
  frames: AsyncIterable<string>,
  follow: (onEvent: (event: TaskEvent) => void) => () => void,
): AsyncGenerator<string> {
  const latest = new Map<string, TaskEvent>();
  let arrived = Promise.withResolvers<'passing'>();
  const stop = follow((event) => {
    latest.set(event.event, event);
    arrived.resolve('passing');
  });
  const taken = (): readonly string[] => {
    arrived = Promise.withResolvers();
    const events = [...latest.values()];
    latest.clear();
    return events.map(passingFrame);
  };
  const source = frames[Symbol.asyncIterator]();
  try {
    for (let next = source.next(); ;) {
      const first = await Promise.race([next, arrived.promise]);
      if (first !== 'passing' && first.done === true) return;
      yield* first === 'passing' ? taken() : [first.value];
      if (first !== 'passing') next = source.next();
    }
  } finally {
    stop();
    void source.return?.().catch(() => undefined);
  }
}
