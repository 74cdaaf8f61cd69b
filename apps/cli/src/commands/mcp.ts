import { once } from 'node:events';
import { BANDS, isBand } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { credentialOf } from '@precedent/contracts';
import { connectNats, natsOperationCalls, readingHistory } from '@precedent/nats';
import { sha256, textSeal } from '@precedent/ports';
import { VERSION } from '@precedent/processes';
import type { Command } from 'commander';
import { configOf, withCommonFlags } from '../cli.ts';
import type { Cli, CommonFlags } from '../cli.ts';
import { callerOptions } from '../stored-credential.ts';
import { UsageError } from '../usage-error.ts';

interface McpFlags extends CommonFlags {
  readonly readOnly?: boolean;
  readonly band: string;
  readonly toolsets?: string;
}

export const addMcp = (program: Command, cli: Cli): void => {
  const command = program
    .command('mcp')
    .description('serve the tools for agents on stdin and stdout, for a host that starts this command')
    .option('--read-only', 'no tool that changes anything')
    .option('--toolsets <names>', 'only these sets of tools, with commas, such as tasks:read,history')
    .option('--band <band>', 'of tasks that are submitted without one', 'critical');
  withCommonFlags(command).action(async (flags: McpFlags) => serve(cli, flags));
};

const serve = async (cli: Cli, flags: McpFlags): Promise<void> => {
  const highestBand = bandIn(flags.band);
  const { serveTools, toolsetsIn } = await import('@precedent/mcp');
  const toolsets = toolsetsIn(flags.toolsets?.split(',') ?? [], '--toolsets');
  const config = configOf(cli, flags);
  const options = await callerOptions(config, cli.io.env, 'mcp');
  const { token = '' } = options;
  const key = typeof token === 'string' ? token : token();
  const credential = await credentialOf(key, sha256);
  const nc = await connectNats(options);
  const close = await serveTools({
    version: VERSION,
    readOnly: flags.readOnly === true,
    toolsets,
    calls: readingHistory(natsOperationCalls(nc, config.root)),
    session: { namespace: config.namespace, highestBand, ...(credential !== undefined && { credential }) },
    // Only a holder of the key reads tasks of this program again. Where access is open, there is none.
    taskSeal: textSeal(`${config.root} ${key}`, 'mcp-task'),
    retentionMs: config.history.retention,
    onError: ({ message }) => cli.io.err(`${message}\n`),
  });
  // The host ends the conversation by closing our input.
  await once(process.stdin, 'close');
  await close();
  await nc.close();
};

const bandIn = (text: string): Band => {
  if (isBand(text)) return text;
  throw new UsageError(`--band is "${text}"; one of ${BANDS.join(', ')} is expected`);
};
