export { collectingFeed } from './collecting-feed.ts';
export type { CollectingFeed } from './collecting-feed.ts';
export { memoryLeaseStore } from './memory-lease-store.ts';
export { memoryLog } from './memory-log.ts';
export type { MemoryLog, MemoryLogOptions } from './memory-log.ts';
export { MemoryStorage } from './memory-storage.ts';
export type { Landing } from './memory-storage.ts';
export { memoryWorkerLink } from './memory-worker-link.ts';
export type { LinkReceiver, MemoryWorkerLink } from './memory-worker-link.ts';
