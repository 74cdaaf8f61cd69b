import { EventEmitter, once } from 'node:events';
import type { GatewayTelemetry, GatewayTelemetryEvent } from '@precedent/ports';

export interface CollectedTelemetry {
  readonly telemetry: GatewayTelemetry;
  /** The events, as soon as there are so many. */
  readonly first: (count: number) => Promise<readonly GatewayTelemetryEvent[]>;
}

/** Collects the events of a gateway. Every request has the span that its client sent, with `-own` behind it. */
export const collectedTelemetry = (): CollectedTelemetry => {
  const events: GatewayTelemetryEvent[] = [];
  const changed = new EventEmitter();
  return {
    telemetry: {
      begin: (traceparent) => ({ traceparent: `${traceparent ?? 'none'}-own` }),
      emit: (event) => {
        events.push(event);
        changed.emit('event');
      },
    },
    first: async (count) => {
      while (events.length < count) await once(changed, 'event');
      return events;
    },
  };
};
