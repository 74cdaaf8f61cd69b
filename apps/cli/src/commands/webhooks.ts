import { WEBHOOK_EVENTS } from '@precedent/contract-types';
import type { NewWebhookView, WebhookView } from '@precedent/contract-types';
import { BANDS, defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { gathered, withClient, withNamespaceFlag } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText } from '../output.ts';
import { requiredDuration } from '../time-argument.ts';
import { UsageError } from '../usage-error.ts';
import { testText, webhookText, webhooksText } from '../webhook-text.ts';
import { known } from './choices.ts';
import { addDeliveryCommands } from './webhook-deliveries.ts';

interface PlaceFlags extends CommonFlags {
  readonly namespace?: string;
}

interface SpecFlags extends PlaceFlags {
  readonly event?: readonly string[];
  readonly type?: readonly string[];
  readonly band?: readonly string[];
  readonly description?: string;
}

interface CreateFlags extends SpecFlags {
  readonly project?: string;
}

interface UpdateFlags extends SpecFlags {
  readonly to?: string;
  readonly enable?: boolean;
  readonly disable?: boolean;
}

const OVERLAP = '24h';

export const addWebhooks = (program: Command, cli: Cli): void => {
  const group = program
    .command('webhooks')
    .description('URLs that events of tasks are sent to, as Standard Webhooks');
  addMaking(group, cli);
  addOfOne(group, cli);
  addDeliveryCommands(group, cli);
};

const withSpecFlags = (command: Command): Command =>
  command
    .option('--event <events>', `with commas: ${WEBHOOK_EVENTS.join(', ')} (the verdicts)`, gathered)
    .option('--type <types>', 'only of tasks of these types, with commas', gathered)
    .option('--band <bands>', `only of tasks of these bands, with commas: ${BANDS.join(', ')}`, gathered)
    .option('--description <text>', 'what it is for');

const addMaking = (group: Command, cli: Cli): void => {
  const create = withSpecFlags(
    group
      .command('create')
      .argument('<url>', 'where events are sent to, https or http')
      .description('make a webhook, and print its secret: once, receivers verify signatures with it')
      .option('--project <project>', 'only of tasks in this project'),
  );
  withNamespaceFlag(create).action(async (url: string, flags: CreateFlags) => {
    const request = {
      url,
      ...specOf(flags),
      ...defined({ namespace: flags.namespace, project: flags.project }),
    };
    printSecret(cli, flags, await withClient(cli, flags, ({ webhooks }) => webhooks.create(request)));
  });
  const list = group.command('list').description('list webhooks');
  withNamespaceFlag(list).action(async (flags: PlaceFlags) => {
    const { namespace } = flags;
    const found = await withClient(cli, flags, ({ webhooks }) => webhooks.list(defined({ namespace })));
    cli.io.out(flags.json ? jsonText(found) : webhooksText(found, pageOf(cli.io)));
  });
};

const addOfOne = (group: Command, cli: Cli): void => {
  const one = (verb: string, description: string): Command =>
    group.command(verb).argument('<id>', 'of a webhook').description(description);
  withNamespaceFlag(one('get', 'show a webhook')).action(async (id: string, flags: PlaceFlags) =>
    print(cli, flags, await withClient(cli, flags, ({ webhooks }) => webhooks.get(id))),
  );
  const update = withSpecFlags(one('update', 'change a webhook; it then gets what this key may read'))
    .option('--to <url>', 'send events there from now on')
    .option('--enable', 'deliver what happens from now on')
    .option('--disable', 'deliver nothing more');
  withNamespaceFlag(update).action(async (id: string, flags: UpdateFlags) => {
    const request = { id, ...specOf(flags), ...defined({ url: flags.to, enabled: enabledIn(flags) }) };
    print(cli, flags, await withClient(cli, flags, ({ webhooks }) => webhooks.update(request)));
  });
  withNamespaceFlag(one('remove', 'remove a webhook; what waits to be delivered fails')).action(
    async (id: string, flags: PlaceFlags) => {
      const removed = await withClient(cli, flags, ({ webhooks }) => webhooks.remove(id));
      cli.io.out(flags.json ? jsonText(removed) : `webhook ${id} is removed\n`);
    },
  );
  const rotate = one('rotate', 'make another secret, and print it; both sign for a while').option(
    '--overlap <duration>',
    'the other one signs until then',
    OVERLAP,
  );
  withNamespaceFlag(rotate).action(
    async (id: string, { overlap, ...flags }: PlaceFlags & { readonly overlap: string }) => {
      const request = { id, overlapMs: requiredDuration('--overlap', overlap) };
      printSecret(cli, flags, await withClient(cli, flags, ({ webhooks }) => webhooks.rotate(request)));
    },
  );
  withNamespaceFlag(one('test', 'send a test now, and show what came back')).action(
    async (id: string, flags: PlaceFlags) => {
      const reply = await withClient(cli, flags, ({ webhooks }) => webhooks.test(id));
      cli.io.out(flags.json ? jsonText(reply) : testText(reply));
      if (!reply.ok) cli.exit = 1;
    },
  );
};

const specOf = ({ event, type, band, description }: SpecFlags) =>
  defined({
    events: event && known('--event', event, WEBHOOK_EVENTS),
    types: type,
    bands: band && known('--band', band, BANDS),
    description,
  });

const enabledIn = ({ enable, disable }: UpdateFlags): boolean | undefined => {
  if (enable && disable) throw new UsageError('--enable and --disable exclude each other');
  return enable ?? (disable ? false : undefined);
};

const print = (cli: Cli, flags: CommonFlags, webhook: WebhookView): void =>
  cli.io.out(flags.json ? jsonText(webhook) : webhookText(webhook, cli.io.now()));

/** The secret alone on stdout, so that a script can store it. */
const printSecret = (cli: Cli, flags: CommonFlags, { secret, ...webhook }: NewWebhookView): void => {
  if (flags.json) return cli.io.out(jsonText({ ...webhook, secret }));
  cli.io.out(`${secret}\n`);
  cli.io.err(`the secret of webhook ${webhook.id}; it is not shown again\n`);
};
