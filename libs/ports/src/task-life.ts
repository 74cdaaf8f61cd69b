import { isVerdict } from '@precedent/contract-types';
import { sequenceText } from '@precedent/kernel';
import type { StreamedEvent } from './task-events.port.ts';

/** Every event follows it. */
export const FIRST_SEQUENCE = sequenceText(0, 0);

/** The items of a stream of the events of one task, to its verdict. */
export async function* untilVerdict(items: AsyncIterable<StreamedEvent>): AsyncGenerator<StreamedEvent> {
  for await (const item of items) {
    yield item;
    if (item.kind === 'event' && isVerdict(item.event.event)) return;
  }
}
