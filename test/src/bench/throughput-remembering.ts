import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findQdrantServer, startChild, startQdrantServer } from '@precedent/processes';
import type { Child } from '@precedent/processes';
import type { Bench, RunFigures } from './bench.ts';
import { measured } from './throughput.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAMS = ['history', 'vectorizer'] as const;
const STOP = { stopMs: 5_000, forceMs: 5_000 };

const run = async (stage: Stage): Promise<RunFigures> => {
  const without = await withWorld(stage, (world) => measured(world, stage));
  const figures = await withWorld(stage, (world) => withVectorizer(world, stage));
  const share = (figures['tasks_per_s'] ?? 0) / without.figures.tasks_per_s;
  return {
    metrics: { ...figures, share_of_without: share },
    ceiling: { tasks_per_s: without.figures.tasks_per_s },
  };
};

/** The same with a history, a vectorizer and its Qdrant, which read the journal meanwhile. */
const withVectorizer = async (world: World, stage: Stage): Promise<Record<string, number>> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-withVectorizer-'));
  const { binary } = await findQdrantServer({ env: process.env });
  const qdrant = await startQdrantServer({ binary, dataDir: dir, apiKey: '' });
  const children: Child[] = [];
  try {
    const { figures } = await measured(world, stage, async () => {
      for (const name of PROGRAMS)
        children.push(await start(name, { world, stage, dir, qdrant: qdrant.url }));
    });
    return figures;
  } finally {
    await Promise.all(children.map((child) => child.stop(STOP)));
    await qdrant.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

interface Where {
  readonly world: World;
  readonly stage: Stage;
  readonly dir: string;
  readonly qdrant: string;
}

const start = (name: (typeof PROGRAMS)[number], { world, stage, dir, qdrant }: Where): Promise<Child> =>
  startChild({
    name,
    args: stage.bundled
      ? [path.join(ROOT, `dist/${name}/main.mjs`)]
      : ['--conditions=precedent:source', path.join(ROOT, `apps/${name}/src/main.ts`)],
    env: {
      ...process.env,
      PRECEDENT_NATS_URL: world.url,
      PRECEDENT_STORAGE_DATA_DIR: dir,
      PRECEDENT_VECTORIZER_URL: qdrant,
      PRECEDENT_MONITORING_LOG_LEVEL: 'warn',
    },
    onLine: stage.say,
  });

export const throughputWithVectorizer: Bench = {
  about: 'throughput with a history, a vectorizer and Qdrant; without them, in the same run, as the ceiling',
  run,
};
