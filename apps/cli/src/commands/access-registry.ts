import { streamsOf, subjectsOf } from '@precedent/contracts';
import { connectNats, natsAccessRegistry } from '@precedent/nats';
import type { AccessRegistry } from '@precedent/ports';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf } from '../cli.ts';
import { serverOptions } from '../stored-key.ts';

/** Runs `use` with the keys and grants of the cell. Only an operator of the cell may: the server lets no other user reach them. */
export const withAccess = async <T>(
  cli: Pick<Cli, 'io'>,
  flags: CommonFlags,
  use: (registry: AccessRegistry) => Promise<T>,
): Promise<T> => {
  const config = configOf(cli, flags);
  const nc = await connectNats(serverOptions(config, cli.io.env, 'access'));
  try {
    const { root } = config;
    const registry = await natsAccessRegistry({
      nc,
      subjects: subjectsOf(root),
      streams: streamsOf(root),
      replicas: config.nats.replicas,
    });
    try {
      return await use(registry);
    } finally {
      await registry.close();
    }
  } finally {
    await nc.close();
  }
};
