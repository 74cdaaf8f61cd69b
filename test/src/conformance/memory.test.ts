import { memoryLog } from '@precedent/memory';
import { describeAppendLog, describeLeaseStore, virtualClock, memoryLeaseStore } from '@precedent/testkit';

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
