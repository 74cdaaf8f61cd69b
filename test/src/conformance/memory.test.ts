import { MemoryAccess, memoryAccessRegistry, memoryAuditStore, memoryLog } from '@precedent/memory';
import { auditTrail } from '@precedent/ports';
import {
  describeAccessRegistry,
  describeAppendLog,
  describeAuditTrail,
  describeLeaseStore,
  describeWebhookStore,
  memoryWebhookStore,
  virtualClock,
  memoryLeaseStore,
} from '@precedent/testkit';

describeAccessRegistry('memory', async (issuers) => {
  const access = new MemoryAccess(issuers);
  return { open: async () => memoryAccessRegistry(access), close: async () => undefined };
});

describeWebhookStore('memory', async () => {
  const store = memoryWebhookStore();
  return { open: async () => store, close: async () => undefined };
});

describeAuditTrail('memory', async () => {
  const store = memoryAuditStore();
  return {
    open: async () => auditTrail(store),
    fill: async () => void (store.isFull = true),
    close: async () => undefined,
  };
});

describeAppendLog('memory', async () => {
  const first = memoryLog();
  return {
    open: async () => memoryLog({ storage: first.storage }),
    close: async () => undefined,
  };
});

describeLeaseStore('memory', async () => {
  const clock = virtualClock();
  const store = memoryLeaseStore(clock);
  return {
    open: async () => store,
    expired: async () => clock.advanceTo(clock.now() + store.ttlMs),
    close: async () => undefined,
  };
});
