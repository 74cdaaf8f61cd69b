export { cachedEmbedder } from './cached-embedder.ts';
export type { CacheOptions, CachedEmbedder } from './cached-embedder.ts';
export { TEXT_MAX, WINDOW_TOKENS } from './cut.ts';
export { memoryVectorCache } from './memory-vector-cache.ts';
export { SHIPPED_MODEL, findModel } from './model-files.ts';
export type { ModelChoice, ModelFiles } from './model-files.ts';
export { startEmbedder } from './thread-embedder.ts';
export type { EmbedderOptions, ThreadEmbedder } from './thread-embedder.ts';
