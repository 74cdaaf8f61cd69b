import type { Embedder } from '@precedent/ports';

/** The embedding model, loaded when it is first needed. Rejects with EMBEDDER_UNAVAILABLE. */
export type EmbedderSource = () => Promise<Embedder>;
