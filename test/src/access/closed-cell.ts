import { randomUUID } from 'node:crypto';
import type { Client } from '@precedent/client';
import { connect } from '@precedent/client';
import { INTERNAL_USERS } from '@precedent/contracts';
import { envNameOf } from '@precedent/config';
import type { Child } from '@precedent/processes';
import { vi } from 'vitest';
import { environmentOf, startProgram } from '../e2e/programs.ts';
import type { AppName } from '../e2e/programs.ts';
import { accessServer } from './access-server.ts';

const STOP_LIMITS = { stopMs: 5_000, forceMs: 1_000 };
const PATIENCE = { timeout: 60_000, interval: 20 };

/** What fails prints a line first, and says this. */
export const FAILED = 'fail';

/**
 * A whole cell that requires keys: engine, history and vectorizer (by words, in memory), and a worker of the cell. `client` is one of our own
 * programs, and may do everything.
 */
export const closedCell = async (stack: AsyncDisposableStack) => {
  const world = await accessServer(stack);
  const { server, secrets, dataDir } = world;
  const credentials = { user: INTERNAL_USERS.cell, pass: secrets.passwords.cell };
  const settings = {
    [envNameOf('nats.url')]: server.url,
    [envNameOf('nats.user')]: credentials.user,
    [envNameOf('nats.password')]: credentials.pass,
    [envNameOf('storage.dataDir')]: dataDir,
    [envNameOf('access.required')]: 'true',
    [envNameOf('access.issuer')]: secrets.issuer.seed,
    [envNameOf('access.calloutPassword')]: secrets.passwords.callout,
    [envNameOf('access.systemPassword')]: secrets.passwords.system,
    [envNameOf('monitoring.metrics')]: 'false',
    [envNameOf('vectorizer.modelDir')]: dataDir,
    [envNameOf('gateway.httpPort')]: '0',
    [envNameOf('gateway.grpcPort')]: '0',
    [envNameOf('gateway.mcpPort')]: '0',
    [envNameOf('gateway.webhookHosts')]: '127.0.0.0/8',
  };
  const lines: string[] = [];
  const start = async (app: AppName): Promise<Child> => {
    const env = environmentOf(`closed-${randomUUID()}`, settings);
    const child = await startProgram(app, env, (line) => void lines.push(line));
    stack.defer(() => child.stop(STOP_LIMITS));
    return child;
  };
  await start('engine');
  const [gateway] = await Promise.all([start('gateway'), start('history'), start('vectorizer')]);
  const { http, grpc, mcp } = gateway.fields as Readonly<Record<'http' | 'grpc' | 'mcp', string>>;
  const client = await connect({ servers: server.url, ...credentials });
  stack.defer(() => client.close());
  await startWorker(client, stack);
  await vi.waitFor(() => client.search.status(), PATIENCE);
  return { ...world, http, grpc, mcp, client, lines, caughtUp: () => caughtUp(client) };
};

const startWorker = async (client: Client, stack: AsyncDisposableStack): Promise<void> => {
  const worker = client.worker({
    name: 'of-the-cell',
    slots: 8,
    handlers: {
      work: async ({ task }, { log, progress }) => {
        const { says, fails, result } = task.payload as Readonly<Record<string, string | undefined>>;
        progress(0.5, says);
        if (says !== undefined) log('stdout', `${says}\n`);
        if (fails !== undefined) throw new Error(fails);
        return result;
      },
    },
  });
  await worker.start();
  stack.defer(() => worker.stop());
};

/** Resolves when history and index have all that the journal has. */
const caughtUp = (client: Client): Promise<void> =>
  vi.waitFor(async () => {
    const { journalSeq } = await client.status();
    const [history, search] = await Promise.all([client.history.status(), client.search.status()]);
    const seq = Math.min(history.freshness.seq, search.freshness.seq);
    if (seq < journalSeq) throw new Error(`the readers are at ${seq} of ${journalSeq}`);
  }, PATIENCE);
