import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findQdrantServer, startQdrantServer } from '@precedent/processes';
import type { QdrantServer } from '@precedent/processes';

/** A real qdrant with a store of its own. It keeps its port and its store over a restart. */
export interface TestQdrant extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export const startQdrant = async (options: { readonly apiKey?: string } = {}): Promise<TestQdrant> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'precedent-qdrant-'));
  const { binary } = await findQdrantServer({ env: {}, path: process.env['PRECEDENT_TEST_QDRANT'] ?? '' });
  let server: QdrantServer = await startQdrantServer({ binary, dataDir, apiKey: '', ...options });
  const killAtExit = (): void => void process.kill(server.pid, 'SIGKILL');
  process.once('exit', killAtExit);
  return {
    url: server.url,
    dataDir,
    get pid() {
      return server.pid;
    },
    kill: () => server.stop(0),
    restart: async () => {
      await server.stop(0);
      server = await startQdrantServer({ binary, dataDir, httpPort: server.port, apiKey: '', ...options });
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop(0);
      process.off('exit', killAtExit);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
