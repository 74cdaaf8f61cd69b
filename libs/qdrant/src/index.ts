export type { CallLimits, QdrantAddress } from './qdrant-calls.ts';
export { QUANTISED_FROM } from './qdrant-layout.ts';
export { qdrantVectorIndex } from './qdrant-vector-index.ts';
export type { QdrantIndexOptions } from './qdrant-vector-index.ts';
export { restoreCollections } from './qdrant-restore.ts';
export { qdrantUpkeep } from './qdrant-upkeep.ts';
