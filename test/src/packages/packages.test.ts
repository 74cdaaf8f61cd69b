import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect as openSocket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startNats } from '@precedent/testkit';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { endClis, startCli } from '../e2e/cli.ts';
import type { RunningCli } from '../e2e/cli.ts';
import { ROOT, processesWith } from '../e2e/programs.ts';
import { BROWSER, BROWSER_DRIVER, GUEST, PROGRAMS, TSCONFIGS, TYPESCRIPT } from './programs.ts';
import { MARK, NoRegistry, install, nodeOf, output, packInto } from './project.ts';
import type { Tarballs } from './project.ts';

const BIN = path.join(ROOT, 'node_modules/.bin');
/** Everything that a user starts, and no busy machine holds a task back. */
const ALL_PARTS = { PRECEDENT_VECTORIZER_ENABLED: 'true', PRECEDENT_NATS_PORT: '0' };
/** Packing, installing and starting take a minute; several on a machine that is busy with other things. */
const LONG_MS = 600_000;

const folder = mkdtempSync(path.join(tmpdir(), 'precedent-packages-'));
const project = path.join(folder, 'project');
let tarballs: Tarballs;
/** Why nothing could be installed. */
let noRegistry: NoRegistry | undefined;
let up: RunningCli;
let url: string;
let starter: Promise<string>;

const write = (dir: string, files: Readonly<Record<string, string>>): void => {
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(dir, file), text);
};

const EVERYTHING_RUNS = {
  parts: ['nats', 'qdrant', 'engine', 'history', 'worker', 'vectorizer'].map((name) => ({
    name,
    state: 'running',
  })),
  history: { state: 'following' },
  search: { model: 'all-MiniLM-L6-v2-q8', semantic: true },
};

/** Skips the test, and says why, where no registry can be reached. */
const needsRegistry = (context: TestContext): void =>
  context.skip(noRegistry !== undefined, `no registry can be reached: ${noRegistry?.message ?? ''}`);

/** The same where the registry has no such Node. */
const nodeFor = async (major: number, context: TestContext): Promise<string> => {
  needsRegistry(context);
  try {
    return await nodeOf(major, folder);
  } catch (error) {
    if (error instanceof NoRegistry || /E404|ETARGET/.test(String(error)))
      return context.skip(`no Node ${major} can be had: ${String(error)}`);
    throw error;
  }
};

beforeAll(async () => {
  tarballs = await packInto(folder);
  try {
    await install(project, [tarballs.client, tarballs.cli]);
  } catch (error) {
    if (!(error instanceof NoRegistry)) throw error;
    noRegistry = error;
    return;
  }
  const tsconfigs = Object.entries(TSCONFIGS).map(([file, content]) => [file, JSON.stringify(content)]);
  write(project, {
    ...PROGRAMS,
    ...Object.fromEntries(tsconfigs),
    'browser.ts': BROWSER,
    'driver.mjs': BROWSER_DRIVER,
  });
  const program = path.join(project, 'node_modules/.bin/precedent');
  up = startCli(['up', '--data', path.join(folder, 'data')], {
    cwd: project,
    env: ALL_PARTS,
    mark: MARK,
    program,
  });
  url = /^ready in [^:]+: (\S+),/m.exec(await up.wrote('\nready in '))?.[1] ?? '';
  starter = startedProject();
  // Its test awaits it.
  starter.catch(() => undefined);
}, LONG_MS);

/** The folder of what `precedent init` writes, installed and built. It takes half a minute, in which other tests run. */
const startedProject = async (): Promise<string> => {
  const dir = path.join(folder, 'my-worker');
  await output('npx', ['precedent', 'init', dir], { cwd: project });
  await install(dir, [tarballs.client, tarballs.cli]);
  await output('npm', ['run', 'build'], { cwd: dir });
  return dir;
};

afterAll(() => {
  endClis();
  for (const { pid } of processesWith(MARK)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('the tarballs', () => {
  const filesOf = (tarball: string): Promise<string> => output('tar', ['-tzf', tarball], { cwd: folder });
  /** The names of this repository's packages in the files of a tarball. */
  const namesIn = async (tarball: string): Promise<string[]> => {
    const dir = mkdtempSync(path.join(folder, 'unpacked-'));
    await output('tar', ['-xzf', tarball, '--exclude=node_modules'], { cwd: dir });
    const names = await output('grep', ['-rhoIE', '@precedent/[a-z-]+', '.'], { cwd: dir });
    return [...new Set(names.trim().split('\n'))].toSorted();
  };

  it('hold no TypeScript source, and types of the SDK', async () => {
    const [client, cli] = [await filesOf(tarballs.client), await filesOf(tarballs.cli)];
    expect([client, cli].join('').match(/.*(?<!\.d)\.[cm]?tsx?$/gm)).toBeNull();
    expect(client.match(/\.d\.[cm]ts$/gm)).toEqual(['.d.cts', '.d.mts']);
  });

  it('hold no schema in the code of the SDK: only its types name zod', () => {
    const dist = path.join(folder, 'client/dist');
    const code = readdirSync(dist).filter((file) => !file.includes('.d.'));
    for (const file of code)
      expect(readFileSync(path.join(dist, file), 'utf8'), file).not.toMatch(/['"]zod['"]/);
  });

  it('depend only on published packages', async () => {
    expect(await namesIn(tarballs.client)).toEqual(['@precedent/client']);
    // The last is no package: traces name by it what made them.
    expect(await namesIn(tarballs.cli)).toEqual(['@precedent/cli', '@precedent/client', '@precedent/otel']);
  });

  it('run no script when they are installed, and state the version of the root', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    for (const dir of ['client', 'cli']) {
      const text = readFileSync(path.join(folder, dir, 'package.json'), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ version, license: 'Apache-2.0' });
      expect(text).not.toMatch(/"(scripts|private|workspaces|devDependencies)"/);
    }
  });

  it.each(['client', 'cli'] as const)(
    'give publint and are-the-types-wrong nothing to report: %s',
    async (name) => {
      const publint = await output(path.join(BIN, 'publint'), [tarballs[name], '--strict'], { cwd: folder });
      expect(publint).toContain('All good!');
      const attw = await output(path.join(BIN, 'attw'), [tarballs[name], '--format', 'json'], {
        cwd: folder,
      });
      expect((JSON.parse(attw) as { problems?: unknown }).problems ?? {}).toEqual({});
    },
  );
});

describe('a project that has installed the packages', () => {
  it.for(['tsc', 'tsc6'])(
    'passes every strict check of TypeScript, of the types of the packages too, and is compiled: %s',
    { timeout: LONG_MS },
    async (compiler, context) => {
      needsRegistry(context);
      for (const config of ['tsconfig.json', 'tsconfig.browser.json'])
        await output(
          path.join(BIN, compiler),
          ['-p', config, '--typeRoots', path.join(ROOT, 'node_modules/@types')],
          {
            cwd: project,
          },
        );
      expect(readdirSync(path.join(project, 'dist')).toSorted()).toEqual(['cjs.cjs', 'esm.mjs']);
    },
  );

  it.for([20, 22, 24])(
    'submits and runs a task with the SDK on Node %i, as an ES module and as a CommonJS module',
    { timeout: LONG_MS },
    async (major, context) => {
      const node = await nodeFor(major, context);
      const dir = path.join(folder, `on-node-${major}`);
      await install(dir, [tarballs.client], node);
      write(dir, { 'guest.mjs': GUEST });
      for (const file of ['esm.mjs', 'cjs.cjs']) {
        write(dir, { [file]: readFileSync(path.join(project, 'dist', file), 'utf8') });
        const text = await output(node, [file], { cwd: dir, env: { NATS_URL: url } });
        expect(text).toMatch(new RegExp(`^${major}\\.[\\d.]+ \\[2,4,6\\]\\n$`));
      }
      write(dir, TYPESCRIPT);
      expect(await output(node, ['typescript.mjs'], { cwd: dir, env: { NATS_URL: url } })).toMatch(
        major === 20 ? /^INVALID_CONFIG .*handler triple of .*typed\.mts: .*use Node 22\.18/ : /^started\n$/,
      );
    },
  );

  it(
    'runs in a browser, over a WebSocket',
    async (context) => {
      needsRegistry(context);
      const bundle = path.join(project, 'browser.js');
      await using build = await rolldown({
        input: path.join(project, 'browser.ts'),
        platform: 'browser',
        // A NATS package imports it where a backend is chosen that we do not choose.
        external: ['node:crypto'],
      });
      const written = await build.write({
        file: bundle,
        format: 'iife',
        name: 'bundle',
        codeSplitting: false,
      });
      expect(written.output.flatMap((one) => (one.type === 'chunk' ? one.imports : [one.fileName]))).toEqual(
        [],
      );
      const port = await freePort();
      await using nats = await startNats({
        config: [`websocket { listen: "127.0.0.1:${port}", no_tls: true }`],
      });
      const program = path.join(project, 'node_modules/.bin/precedent');
      const args = ['up', '--url', nats.url, '--only', 'engine', '--data', path.join(folder, 'browser-data')];
      const engine = startCli(args, { cwd: project, env: ALL_PARTS, mark: MARK, program });
      await engine.wrote('\nready in ');
      const text = await output(process.execPath, ['driver.mjs', bundle, `ws://127.0.0.1:${port}`], {
        cwd: project,
      });
      expect(text).toBe('["web","web"]\n');
      engine.child.kill('SIGINT');
      await engine.exited;
    },
    LONG_MS,
  );

  it(
    'runs the worker that precedent init writes',
    async (context) => {
      needsRegistry(context);
      const [dir, env] = [await starter, { NATS_URL: url }];
      const worker = startCli(['dist/worker.js'], { cwd: dir, env, mark: MARK, program: process.execPath });
      await worker.wrote('The worker takes tasks');
      const printed = await output('npm', ['run', '--silent', 'submit', '--', 'Ada', 'Grace'], {
        cwd: dir,
        env,
      });
      expect(printed).toBe("[ 'Hello, Ada!', 'Hello, Grace!' ]\n");
      worker.child.kill('SIGTERM');
      expect(await worker.exited).toMatchObject({ code: 0, stderr: '' });
    },
    LONG_MS,
  );

  it(
    'starts with precedent up all that npm start does, and leaves nothing of it behind',
    async (context) => {
      needsRegistry(context);
      const status = async (): Promise<unknown> =>
        JSON.parse(await output('npx', ['precedent', 'status', '--json', '--url', url], { cwd: project }));
      await vi.waitFor(async () => expect(await status()).toMatchObject(EVERYTHING_RUNS), LONG_MS / 3);
      expect(
        await output('npx', ['precedent', 'run', '--url', url, '--', 'echo', 'hello'], { cwd: project }),
      ).toContain('hello');
      up.child.kill('SIGINT');
      expect(await up.exited).toMatchObject({ code: 0 });
      expect(processesWith(MARK)).toEqual([]);
      expect(await isOpen(url)).toBe(false);
    },
    LONG_MS,
  );
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const isOpen = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = openSocket(Number(new URL(address).port), '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
