import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Point, VectorIndex } from '@precedent/ports';
import { findQdrantServer, startQdrantServer } from '@precedent/processes';
import { qdrantVectorIndex } from '@precedent/qdrant';
import { INDEXED_FIELDS } from '@precedent/semantic';
import { startSharedEmbedder } from '@precedent/transformers';
import type { ThreadEmbedder } from '@precedent/transformers';
import { interactionText } from './interactions.ts';
import type { Stage } from './world.ts';

/** A real Qdrant with one empty collection, and the shipped model in this process. */
export interface VectorWorld {
  readonly index: VectorIndex;
  readonly embedder: ThreadEmbedder;
  readonly qdrantPid: number;
  /** Runs `fill` while the server builds no graphs: it would build each of them several times over. */
  filled(fill: () => Promise<void>): Promise<void>;
  /** Resolves when the server has built its graphs. */
  settled(): Promise<void>;
}

export const COLLECTION = 'interactions';
export const NAMESPACE = 'acme';

/** Runs `body` in a world of its own: a fresh folder, a free port. Nothing of it is left. */
export const withVectors = async <T>(stage: Stage, body: (world: VectorWorld) => Promise<T>): Promise<T> => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-'));
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const { binary } = await findQdrantServer({ env: process.env });
    const server = await startQdrantServer({ binary, dataDir, apiKey: '' });
    closing.push(() => server.stop(0));
    const embedder = await startSharedEmbedder({ modelsMax: 2 });
    closing.push(() => embedder.close());
    const index = qdrantVectorIndex({ url: server.url, writeMs: 120_000 });
    await index.ensure({ name: COLLECTION, dimensions: embedder.model.dimensions, indexed: INDEXED_FIELDS });
    const world = {
      index,
      embedder,
      qdrantPid: server.pid,
      filled: async (fill: () => Promise<void>) => {
        const { indexing_threshold = null } = (await infoOf(server.url)).config.optimizer_config;
        await buildFrom(server.url, 0);
        await fill();
        await buildFrom(server.url, indexing_threshold);
      },
      settled: () => untilGreen(server.url),
    };
    return await Promise.race([body(world), stage.interrupted]);
  } finally {
    for (const close of closing.toReversed()) await close().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
};

interface CollectionInfo {
  readonly status: string;
  readonly config: { readonly optimizer_config: { readonly indexing_threshold?: number | null } };
}

const infoOf = async (url: string): Promise<CollectionInfo> => {
  const answer = await fetch(`${url}/collections/${COLLECTION}`);
  const { result } = (await answer.json()) as { result: CollectionInfo };
  return result;
};

/** Sets the kilobytes of vectors from which on a segment has a graph. 0: none has one. */
const buildFrom = async (url: string, indexing_threshold: number | null): Promise<void> => {
  const answer = await fetch(`${url}/collections/${COLLECTION}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ optimizers_config: { indexing_threshold } }),
  });
  if (!answer.ok) throw new Error(`${COLLECTION} cannot be set: ${await answer.text()}`);
};

const POLL_MS = 500;

/** Green twice in a row: between two steps of its work it is green for a moment. */
const untilGreen = async (url: string): Promise<void> => {
  for (let greens = 0; greens < 2;) {
    await pause(POLL_MS);
    const { status } = await infoOf(url);
    greens = status === 'green' ? greens + 1 : 0;
  }
};

/** Interaction `n` as a point. */
export const interactionPoint = (n: number, vector: Float32Array): Point => ({
  id: `00000000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`,
  vector,
  payload: {
    namespace: NAMESPACE,
    at: 1_700_000_000_000 + n * 1_000,
    text: interactionText(n),
    project: `project-${n % 7}`,
    type: `type-${n % 12}`,
    kind: n % 3 === 0 ? 'failure' : 'attempt',
    outcome: n % 3 === 0 ? 'failed' : 'completed',
    duration: (n * 37) % 60_000,
  },
});
