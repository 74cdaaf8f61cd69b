import { DELIVERY_TYPE } from '@precedent/contract-types';
import type { JournalledEvent } from '@precedent/contract-types';
import type { StoredWebhook, TaskEventFilter } from '@precedent/ports';

/** The events of a webhook, as they are read. */
export const webhookFilter = ({
  namespace,
  project,
  events,
  types,
  bands,
}: StoredWebhook): TaskEventFilter => ({
  namespace,
  event: events,
  ...(project !== undefined && { project }),
  ...(types !== undefined && { type: types }),
  ...(bands !== undefined && { band: bands }),
});

/** Whether an event is to be delivered. Those of deliveries never are: each would make the next one. */
export const isForWebhook = (webhook: StoredWebhook, event: JournalledEvent): boolean => {
  const { namespace, project, events, types, bands } = webhook;
  return (
    event.type !== DELIVERY_TYPE &&
    event.namespace === namespace &&
    (project === undefined || event.project === project) &&
    events.some((wanted) => wanted === event.event) &&
    (types === undefined || types.includes(event.type)) &&
    (bands === undefined || bands.some((band) => band === event.band))
  );
};
