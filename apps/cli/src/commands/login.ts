import { parseKey } from '@precedent/access';
import { serverUrlOf } from '@precedent/config';
import { errorOf, withoutCredentials } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withCommonFlags } from '../cli.ts';
import { storeLogin } from '../logins.ts';
import { timeText } from '../output.ts';
import { UsageError } from '../usage-error.ts';

interface LoginFlags extends CommonFlags {
  readonly forget?: boolean;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly port: number;
}

/** The longest line that is read. Characters. */
const KEY_CHARS_MAX = 200;
/** For the person at the provider. */
const LOGIN_MS = 300_000;

export const addLogin = (program: Command, cli: Cli): void => {
  const command = program
    .command('login')
    .description(
      'store a key, which is read from the standard input, or a login at an OpenID provider, for the server; commands use it from then on',
    )
    .option('--issuer <url>', 'log in at this OpenID provider, in a browser')
    .option('--client-id <id>', 'the client that the provider knows this command line as')
    .option(
      '--port <port>',
      'of this machine, for the answer of the provider (any)',
      wholeNumber('--port', [0, 65_535]),
      0,
    )
    .option('--forget', 'forget what is stored for the server');
  withCommonFlags(command).action(async (flags: LoginFlags) => {
    const server = serverUrlOf(configOf(cli, flags));
    const { issuer, clientId, port } = flags;
    if (flags.forget) {
      storeLogin(cli.io.env, server, undefined);
      return cli.io.err(`no credential is stored for ${withoutCredentials(server)} any more\n`);
    }
    if (issuer === undefined && clientId === undefined) return await storeKey(cli, server);
    if (issuer === undefined || clientId === undefined)
      throw new UsageError('--issuer and --client-id belong together');
    await logInAt(cli, server, { issuer, clientId, port });
  });
};

const storeKey = async (cli: Cli, server: string): Promise<void> => {
  const key = await readKey(cli);
  const parsed = parseKey(key);
  if ('code' in parsed) throw errorOf(parsed);
  storeLogin(cli.io.env, server, key);
  cli.io.err(`key ${parsed.id} is stored for ${withoutCredentials(server)}\n`);
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

interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  readonly port: number;
}

const logInAt = async ({ io }: Cli, server: string, provider: Provider): Promise<void> => {
  const { issuer, clientId } = provider;
  const { logIn } = await import('@precedent/oidc');
  const onUrl = (url: string): void => io.err(`open this address in a browser of this machine:\n${url}\n`);
  const { principal, ...tokens } = await logIn({ ...provider, timeoutMs: LOGIN_MS, onUrl });
  storeLogin(io.env, server, { issuer, clientId, ...tokens });
  const end = tokens.refreshToken === undefined ? `, until ${timeText(tokens.expiresAt, io.now())}` : '';
  io.err(`the login of ${principal} is stored for ${withoutCredentials(server)}${end}\n`);
};
