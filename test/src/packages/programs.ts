/** A worker with a handler, a task for it, and the end of both. Prints the version of Node and the result. */
const lifeOfATask = (type: string, place: string): string => `
  const client = await connect({ servers: process.env['NATS_URL'] ?? '' });
  const double: Handler = async ({ task }) => (task.payload as number[]).map((value) => value * 2);
  const module = new URL('./guest.mjs', ${place});
  const handlers = {
    '${type}': double,
    '${type}.thread': isolated({ in: 'thread', module, export: 'triple' }),
    '${type}.process': isolated({ in: 'process', module, export: 'triple' }),
  };
  const worker = client.worker({ handlers });
  await worker.start();
  const { id } = await client.submit({ type: '${type}', payload: [1, 2, 3] });
  const result: unknown = await client.result(id, { timeoutMs: 60_000 });
  for (const where of ['thread', 'process']) {
    const tripled = await client.submit({ type: \`${type}.\${where}\`, payload: [1] });
    const [three] = (await client.result(tripled.id, { timeoutMs: 60_000 })) as number[];
    if (three !== 3) throw new Error(\`in a \${where} it is \${three}\`);
  }
  console.log(\`\${process.versions.node} \${JSON.stringify(result)}\`);
  await worker.stop();
  await client.close();
`;

/** The module of the handlers that run in a thread and in a process. */
export const GUEST = `
export const triple = async ({ task }) => task.payload.map((value) => value * 3);
`;

/** A worker with a handler in TypeScript, which not every Node reads. Prints what came of its start. */
export const TYPESCRIPT: Readonly<Record<string, string>> = {
  'typed.mts': `
export const triple = async ({ task }: { task: { payload: number } }): Promise<number> => task.payload * 3;
`,
  'typescript.mjs': `
import { connect, isolated } from '@precedent/client';
const client = await connect({ servers: process.env.NATS_URL });
const module = new URL('./typed.mts', import.meta.url);
const handlers = { typed: isolated({ in: 'process', module, export: 'triple' }) };
const worker = client.worker({ handlers, waitForEngine: false, drainMs: 0 });
await worker.start().then(() => console.log('started'), ({ code, message }) => console.log(code, message));
await worker.stop();
await client.close();
`,
};

/** Programs that TypeScript must refuse or accept. */
const TYPES = `
  const view: TaskView = await client.wait('a', { timeoutMs: 1 });
  const state: string = view.state;
  // @ts-expect-error: no task has this field
  await client.submit({ typo: 1, state });
  // @ts-expect-error: a result is unknown until it is checked
  const text: string = await client.result('a');
`;

/** One program three times: as an ES module, as a CommonJS module, and for a browser. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'esm.mts': `
import { connect, isolated } from '@precedent/client';
import type { Handler, TaskView } from '@precedent/client';
${lifeOfATask('double.esm', 'import.meta.url')}
const types = async (): Promise<void> => {${TYPES}};
void types;
`,
  'cjs.cts': `
import precedent = require('@precedent/client');
import type { Handler, TaskView } from '@precedent/client';
const { connect, isolated } = precedent;
const main = async (): Promise<void> => {${lifeOfATask('double.cjs', "require('node:url').pathToFileURL(__filename)")}};
void main();
const types = async (client: precedent.Client): Promise<void> => {${TYPES}};
void types;
`,
};

/** Every option that makes TypeScript stricter, and every file checked: no \`skipLibCheck\`. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: 'es2022',
};

export const TSCONFIGS: Readonly<Record<string, unknown>> = {
  'tsconfig.json': {
    compilerOptions: { ...STRICT, module: 'nodenext', lib: ['es2022'], types: ['node'], outDir: 'dist' },
    files: ['esm.mts', 'cjs.cts'],
  },
  'tsconfig.browser.json': {
    compilerOptions: {
      ...STRICT,
      module: 'esnext',
      moduleResolution: 'bundler',
      customConditions: ['browser'],
      lib: ['es2022', 'dom'],
      types: [],
      noEmit: true,
    },
    files: ['browser.ts'],
  },
};

/** The same in a browser, where nothing of Node is there. */
export const BROWSER = `
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';

export const run = async (servers: string): Promise<string> => {
  const client: Client = await connect({ servers });
  const worker = client.worker({ handlers: { 'double.browser': async ({ task }) => [task.payload, task.payload] } });
  await worker.start();
  const { id } = await client.submit({ type: 'double.browser', payload: 'web' });
  const result: unknown = await client.result(id, { timeoutMs: 60_000 });
  await worker.stop();
  await client.close();
  return JSON.stringify(result);
};
`;

/** Runs a bundle that finds only what browsers have: all that is Node's own is hidden from it. */
export const BROWSER_DRIVER = `
import { readFileSync } from 'node:fs';
const [, , file, servers] = process.argv;
const hidden = ['process', 'Buffer', 'global', 'require', 'module', 'exports', 'setImmediate', 'clearImmediate'];
const web = { WebSocket, TextEncoder, TextDecoder, URL, AbortController, crypto, performance };
const load = new Function('globalThis', 'self', 'window', ...hidden, readFileSync(file, 'utf8') + '; return bundle;');
// Its timers hold no process.
const hold = setInterval(() => undefined, 1_000);
console.log(await load(web, web, web).run(servers));
clearInterval(hold);
`;
