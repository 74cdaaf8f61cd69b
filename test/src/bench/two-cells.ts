import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { DEFAULT_CELL, INTERNAL_USERS, streamsOf } from '@precedent/contracts';
import { connectNats } from '@precedent/nats';
import { natsSecrets } from '@precedent/processes';
import { startProduct } from './product.ts';
import type { Product } from './product.ts';
import { startProgram } from './program-process.ts';
import type { Program } from './program-process.ts';
import type { ConnectionParams } from './programs/connection.ts';
import type { Stage, World } from './world.ts';
import { profileFlags } from './world.ts';

/** A cell with a worker of its own, and what a submitter needs to reach it. */
export interface Cell extends Pick<World, 'program'> {
  /** May ask for the status of the cell. */
  readonly client: Client;
  /** With which a submitter connects. */
  readonly connection: ConnectionParams;
  readonly pidOf: Product['pidOf'];
  /** When the server stored the last entry of the journal, in epoch milliseconds. */
  journalEndsAt(): Promise<number>;
}

export interface TwoCells {
  /** As `precedent up` makes it without configuration. */
  readonly open: Cell;
  /** The same with `access.required`: the submitter and the worker have a key each, and what is refused or changed is in the audit trail. */
  readonly closed: Cell;
}

const FLAGS = ['--only', 'nats,engine'];
const NAMESPACE = 'acme';

/** Both cells at the same time, so that each turn can be followed at once by one of the other cell. */
export const withTwoCells = async <T>(
  stage: Stage,
  slots: number,
  body: (cells: TwoCells) => Promise<T>,
): Promise<T> => {
  await using stack = new AsyncDisposableStack();
  const open = await startCell(stack, stage, { slots, isClosed: false });
  const closed = await startCell(stack, stage, { slots, isClosed: true });
  return await Promise.race([body({ open, closed }), stage.interrupted]);
};

interface CellOptions {
  readonly slots: number;
  readonly isClosed: boolean;
}

const startCell = async (
  stack: AsyncDisposableStack,
  stage: Stage,
  { slots, isClosed }: CellOptions,
): Promise<Cell> => {
  const settings = {
    PRECEDENT_ACCESS_REQUIRED: String(isClosed),
    PRECEDENT_MONITORING_METRICS: 'false',
    PRECEDENT_MONITORING_LOG_LEVEL: 'warn',
  };
  const product = await startProduct(stage, FLAGS, settings);
  stack.defer(() => product.remove());
  stack.defer(async () => void (await product.stop()));
  const { url, dataDir } = product;
  const client = await connect({ servers: url, dataDir, name: 'bench' });
  stack.defer(() => client.close());
  const program = async <Result>(
    name: string,
    params: object,
    connection: ConnectionParams,
  ): Promise<Program<Result>> => {
    const flags = profileFlags(stage, name);
    const started = await startProgram<Result>({ name, params: { ...connection, ...params }, flags });
    stack.defer(() => started.kill());
    return started;
  };
  const [submitter, worker] = isClosed
    ? [
        { url, namespace: NAMESPACE, token: await keyFor(client, 'submitter', 'operator', NAMESPACE) },
        { url, token: await keyFor(client, 'runner', 'worker', '*') },
      ]
    : [{ url }, { url }];
  await program('worker', { slots }, worker);
  return {
    client,
    connection: submitter,
    pidOf: (part) => product.pidOf(part),
    program: (name, params) => program(name, params, submitter),
    journalEndsAt: () => journalEndsAt(product, isClosed),
  };
};

const keyFor = async (
  { access }: Client,
  principal: string,
  role: 'operator' | 'worker',
  namespace: string,
): Promise<string> => {
  await access.addGrant({ principal, role, namespace, project: '*' });
  return (await access.createKey({ principal, kind: 'service' })).key;
};

const journalEndsAt = async ({ url, dataDir }: Product, isClosed: boolean): Promise<number> => {
  const credentials = isClosed
    ? { user: INTERNAL_USERS.cell, pass: natsSecrets(dataDir).passwords.cell }
    : {};
  const nc = await connectNats({ url, name: 'bench-journal', ...credentials });
  try {
    const jsm = await jetstreamManager(nc);
    const { state } = await jsm.streams.info(streamsOf().journal(DEFAULT_CELL));
    return Date.parse(state.last_ts);
  } finally {
    await nc.close();
  }
};
