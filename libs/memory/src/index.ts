export { memoryLog } from './memory-log.ts';
export type { MemoryLog } from './memory-log.ts';
export { MemoryStorage } from './memory-storage.ts';
export { memoryWorkerLink } from './memory-worker-link.ts';
export type { MemoryWorkerLink } from './memory-worker-link.ts';
export { memoryVectorIndex } from './memory-vector-index.ts';
export { memoryJournalReader } from './memory-journal-reader.ts';
export { MemoryAccess, memoryAccessRegistry } from './memory-access-registry.ts';
export { memoryAuditStore } from './memory-audit-store.ts';
