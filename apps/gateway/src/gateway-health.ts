import type { Operation } from '@precedent/contracts';
import { isServing, linkStateOf } from '@precedent/nats';

type Connection = Parameters<typeof linkStateOf>[0];

/** What the interfaces say of the gateway, and of the programs behind it. `draining`: aborted when the gateway is about to stop. */
export const gatewayHealth = (nc: Connection, draining: AbortSignal) => {
  const link = linkStateOf(nc);
  return {
    problem: () => {
      if (draining.aborted) return 'the gateway stops';
      return link.isUp() ? undefined : 'no connection to NATS';
    },
    isServing: (service: Operation['service']) => isServing(nc, service),
  };
};
