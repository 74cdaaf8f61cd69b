import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { PASSING_EVENTS } from '@precedent/contract-types';
import type { TaskEvent } from '@precedent/contract-types';
import type { Subjects } from '@precedent/contracts';
import type { PassingEvents } from '@precedent/ports';

/** Those of the live feed. It gives none while the engine publishes none. */
export const natsPassingEvents = (nc: NatsConnection, subjects: Subjects): PassingEvents => ({
  follow: ({ id, ...place }, onEvent) => {
    const callback = (error: Error | null, msg: Msg): void => {
      const event = error === null ? msg.json<TaskEvent>() : undefined;
      if (event?.id === id) onEvent(event);
    };
    const subscriptions = PASSING_EVENTS.map((event) =>
      nc.subscribe(subjects.event({ ...place, event }), { callback }),
    );
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  },
});
