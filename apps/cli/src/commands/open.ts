import { spawn } from 'node:child_process';
import type { Config } from '@precedent/config';
import { reachableHost } from '@precedent/processes';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import type { Io } from '../io.ts';
import { jsonText } from '../output.ts';
import { sessionLink } from '../session-link.ts';
import { gatewayCredential } from '../stored-credential.ts';
import { UsageError } from '../usage-error.ts';

export const addOpen = (program: Command, cli: Cli): void => {
  const command = program
    .command('open')
    .description('open the gateway in a browser, logged in with your key, and print the address');
  withCommonFlags(command).action(async (flags: CommonFlags) => {
    const config = configOf(cli, flags);
    const gateway = gatewayUrl(config);
    const key = await gatewayCredential(config, cli.io.env);
    const link = key === undefined ? { url: `${gateway}/api/v1/docs` } : await sessionLink(gateway, key);
    cli.io.out(flags.json ? jsonText(link) : `${link.url}\n`);
    cli.io.err(key === undefined ? WITHOUT_KEY : ONCE);
    showIn(browserOf(process.platform, cli.io.env), link.url);
  });
};

const ONCE = 'the address logs one browser in, once, within a minute\n';
const WITHOUT_KEY = 'no key of the cell is stored here: log in at /login, or use `precedent login` first\n';

const gatewayUrl = ({ gateway: { host, httpPort, tls } }: Config): string => {
  if (httpPort === 0) throw new UsageError('gateway.httpPort is 0: `precedent up` prints the address');
  return `${tls.cert === '' ? 'http' : 'https'}://${reachableHost(host)}:${httpPort}`;
};

/** The program that shows a page; `undefined` where no person sees it. */
export const browserOf = (platform: NodeJS.Platform, env: Io['env']): string | undefined => {
  if (platform === 'darwin') return 'open';
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? 'xdg-open' : undefined;
};

/** The address was printed: a browser that does not start is no error. */
const showIn = (program: string | undefined, url: string): void => {
  if (program === undefined) return;
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
};
