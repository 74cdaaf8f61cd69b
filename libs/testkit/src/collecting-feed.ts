import type { EventFeed, FeedEvent } from '@precedent/ports';

/** A feed that stores its events in order. */
export interface CollectingFeed extends EventFeed {
  readonly events: readonly FeedEvent[];
  /** The names of one task's events. */
  of(id: string): readonly string[];
  clear(): void;
}

export const collectingFeed = (): CollectingFeed => {
  const events: FeedEvent[] = [];
  return {
    events,
    publish: (more) => void events.push(...more),
    of: (id) => events.filter((event) => event.id === id).map(({ event }) => event),
    clear: () => void events.splice(0),
  };
};
