import { spawn } from 'node:child_process';
import type { Config } from '@precedent/config';
import { reachableHost } from '@precedent/processes';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, withCommonFlags } from '../cli.ts';
import type { Io } from '../io.ts';
import { jsonText } from '../output.ts';
import { UsageError } from '../usage-error.ts';

export const addOpen = (program: Command, cli: Cli): void => {
  const command = program
    .command('open')
    .description('open the reference of the gateway in a browser, and print its address');
  withCommonFlags(command).action((flags: CommonFlags) => {
    const url = docsUrl(configOf(cli, flags));
    cli.io.out(flags.json ? jsonText({ url }) : `${url}\n`);
    showIn(browserOf(process.platform, cli.io.env), url);
  });
};

const docsUrl = ({ gateway: { host, httpPort, tls } }: Config): string => {
  if (httpPort === 0) throw new UsageError('gateway.httpPort is 0: `precedent up` prints the address');
  return `${tls.cert === '' ? 'http' : 'https'}://${reachableHost(host)}:${httpPort}/api/v1/docs`;
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
