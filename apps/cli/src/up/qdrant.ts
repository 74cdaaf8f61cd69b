import path from 'node:path';
import { isAppError } from '@precedent/kernel';
import {
  VERSION,
  findQdrantServer,
  supervise,
  lockDataDir,
  qdrantApiKey,
  startQdrantServer,
} from '@precedent/processes';
import type { QdrantServer } from '@precedent/processes';
import type { Part, PartContext } from './parts.ts';
import { watched } from './parts.ts';

export interface QdrantPart extends Part {
  readonly url: string;
  readonly apiKey: string;
}

/**
 * Starts a Qdrant in a folder that is locked meanwhile. Resolves to `undefined`, with a note of the reason, when
 * there is none or it cannot start: what happens is remembered in memory then, and nothing else is different.
 */
export const startQdrant = async (context: PartContext): Promise<QdrantPart | undefined> => {
  try {
    return await start(context);
  } catch (error) {
    if (!isAppError(error) || error.code === 'CANCELLED') throw error;
    context.report.absent('qdrant', error.message);
    return undefined;
  }
};

const start = async ({ config, env, report, signal }: PartContext): Promise<QdrantPart> => {
  const dataDir = path.join(config.storage.dataDir, 'vectorizer');
  const { binary, version } = await findQdrantServer({
    env,
    cacheDir: config.storage.dataDir,
    ...(config.vectorizer.binary !== '' && { path: config.vectorizer.binary }),
  });
  const lock = await lockDataDir(dataDir, { version: VERSION });
  try {
    report.starting('qdrant', `qdrant ${version}`);
    const { apiKey: configured } = config.vectorizer;
    const apiKey = configured.isSet ? configured.reveal() : qdrantApiKey(dataDir);
    let httpPort = config.vectorizer.port;
    const supervised = await supervise({
      ...watched('qdrant', report, (server: QdrantServer) => server.url),
      // After a restart the others look for it where it was.
      start: async () => {
        const server = await startQdrantServer({ binary, dataDir, httpPort, apiKey, signal });
        httpPort = server.port;
        return server;
      },
    });
    const { url } = supervised.current();
    report.started('qdrant', url);
    const stop: Part['stop'] = async ({ stopMs, forceMs }) => {
      await supervised.stop((server) => server.stop(stopMs + forceMs));
      lock.release();
    };
    return { name: 'qdrant', gaveUp: supervised.gaveUp, stop, url, apiKey };
  } catch (error) {
    lock.release();
    throw error;
  }
};
