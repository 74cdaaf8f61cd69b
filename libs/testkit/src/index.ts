export { describeAppendLog } from './append-log.suite.ts';
export { describeLeaseStore } from './lease-store.suite.ts';
export { seededRandom } from '@precedent/kernel';
export type { SeededRandom } from '@precedent/kernel';
export { startNats } from './start-nats.ts';
export type { TestNats, TestNatsOptions } from './start-nats.ts';
export { virtualClock } from './virtual-clock.ts';
export { describeObjectStore } from './object-store.suite.ts';
