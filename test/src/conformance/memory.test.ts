import { MemoryAccess, memoryAccessRegistry, memoryLog } from '@precedent/memory';
import {
  describeAccessRegistry,
  describeAppendLog,
  describeLeaseStore,
  virtualClock,
  memoryLeaseStore,
} from '@precedent/testkit';

describeAccessRegistry('memory', async () => {
  const access = new MemoryAccess();
  return { open: async () => memoryAccessRegistry(access), close: async () => undefined };
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
