import { parseKey } from '@precedent/access';
import { serverUrlOf } from '@precedent/config';
import { errorOf, withoutCredentials } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import { storeLogin } from '../stored-key.ts';

interface LoginFlags extends CommonFlags {
  readonly forget?: boolean;
}

/** The longest line that is read. Characters. */
const KEY_CHARS_MAX = 200;

export const addLogin = (program: Command, cli: Cli): void => {
  const command = program
    .command('login')
    .description(
      'store a key, which is read from the standard input, for the server; commands use it from then on',
    )
    .option('--forget', 'forget the key of the server');
  withCommonFlags(command).action(async (flags: LoginFlags) => {
    const server = serverUrlOf(configOf(cli, flags));
    const shown = withoutCredentials(server);
    if (flags.forget) {
      storeLogin(cli.io.env, server, undefined);
      return cli.io.err(`no key is stored for ${shown} any more\n`);
    }
    const key = await readKey(cli);
    const parsed = parseKey(key);
    if ('code' in parsed) throw errorOf(parsed);
    storeLogin(cli.io.env, server, key);
    cli.io.err(`key ${parsed.id} is stored for ${shown}\n`);
  });
};

/** Not an argument: those of every process can be seen by all users of the machine. */
const readKey = async ({ io }: Cli): Promise<string> => {
  let text = '';
  for await (const chunk of io.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > KEY_CHARS_MAX) break;
  }
  return (text.split('\n', 1)[0] ?? '').trim();
};
