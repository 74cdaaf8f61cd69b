import { TASK_STATES } from '@precedent/contract-types';
import type { DeliveriesRequest, DeliveryView } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, withClient, withNamespaceFlag } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { timeArgument } from '../time-argument.ts';
import { deliveriesText } from '../webhook-text.ts';
import { known } from './choices.ts';
import { withLimit } from './history-flags.ts';

interface DeliveriesFlags extends CommonFlags {
  readonly failed?: boolean;
  readonly state?: readonly string[];
  readonly since?: string;
  readonly limit: number;
}

interface RedeliverFlags extends CommonFlags {
  readonly since?: string;
}

const LISTED = 50;

/** `webhooks deliveries` and `webhooks redeliver`. */
export const addDeliveryCommands = (group: Command, cli: Cli): void => {
  const deliveries = group
    .command('deliveries')
    .argument('<id>', 'of a webhook')
    .description('list deliveries, the latest first: each is a task')
    .option('--failed', 'that were given up')
    .option('--state <states>', `with commas: ${TASK_STATES.join(', ')}`, gathered)
    .option('--since <time>', 'submitted since: a time such as 2026-11-20T12:00Z, or "2h" ago');
  withNamespaceFlag(withLimit(deliveries, LISTED)).action(async (id: string, flags: DeliveriesFlags) => {
    const found = await deliveriesIn(cli, { id, limit: flags.limit, ...conditionsOf(cli, flags) }, flags);
    cli.io.out(flags.json ? jsonText(found) : deliveriesText(found, pageOf(cli.io)));
  });
  const redeliver = group
    .command('redeliver')
    .argument('<id>', 'of a webhook')
    .argument('[delivery]', 'of a delivery; all that failed when left out')
    .description('deliver again, under the same message ids')
    .option('--since <time>', 'those that failed and were submitted since');
  withNamespaceFlag(redeliver).action((id: string, delivery: string | undefined, flags: RedeliverFlags) =>
    redeliverAll(cli, { id, delivery }, flags),
  );
};

/** A page may be short, or empty, and not the last one. */
const deliveriesIn = (
  cli: Cli,
  request: DeliveriesRequest & { readonly limit: number },
  flags: CommonFlags,
): Promise<readonly DeliveryView[]> =>
  withClient(cli, flags, async ({ webhooks }) => {
    const found: DeliveryView[] = [];
    let cursor: string | undefined;
    do {
      const limit = request.limit - found.length;
      const reply = await webhooks.deliveries({ ...request, limit, ...defined({ cursor }) });
      found.push(...reply.deliveries);
      cursor = reply.cursor;
    } while (cursor !== undefined && found.length < request.limit);
    return found;
  });

const conditionsOf = (cli: Cli, { failed, state, since }: DeliveriesFlags) =>
  defined({
    state: failed ? (['failed', 'timed_out'] as const) : state && known('--state', state, TASK_STATES),
    since: since === undefined ? undefined : timeArgument('--since', since, cli.io.now()),
  });

interface Again {
  readonly id: string;
  readonly delivery: string | undefined;
}

const redeliverAll = async (cli: Cli, again: Again, flags: RedeliverFlags): Promise<void> => {
  const since = flags.since === undefined ? undefined : timeArgument('--since', flags.since, cli.io.now());
  const made = await withClient(cli, flags, async ({ webhooks }) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const reply = await webhooks.redeliver({ ...again, ...defined({ since, cursor }) });
      found.push(...reply.deliveries);
      cursor = reply.cursor;
    } while (cursor !== undefined);
    return found;
  });
  cli.io.out(flags.json ? jsonText(made) : made.map((id) => `${id}\n`).join(''));
};
