/** The files of a project with a worker of its own, by path: what `precedent init` writes. */
export const workerProject = (name: string, version: string): Readonly<Record<string, string>> => ({
  'package.json': packageJson(name, version),
  'tsconfig.json': TSCONFIG,
  '.gitignore': 'node_modules/\ndist/\n.precedent/\n',
  'README.md': readme(name),
  'src/worker.ts': WORKER,
  'src/submit.ts': SUBMIT,
});

const packageJson = (name: string, version: string): string =>
  `${JSON.stringify(
    {
      name,
      version: '0.1.0',
      private: true,
      type: 'module',
      engines: { node: '>=20' },
      scripts: {
        up: 'precedent up',
        build: 'tsc',
        worker: 'npm run --silent build && node dist/worker.js',
        submit: 'npm run --silent build && node dist/submit.js',
      },
      dependencies: { '@precedent/client': version },
      devDependencies: { '@precedent/cli': version, '@types/node': '^20.0.0', typescript: '^5.9.0' },
    },
    null,
    2,
  )}\n`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2022",
    "module": "nodenext",
    "rootDir": "src",
    "outDir": "dist",
    "types": ["node"],
    "strict": true
  },
  "include": ["src"]
}
`;

const WORKER = `import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Handler } from '@precedent/client';

/** What the task fails with is what this throws; \`signal\` is aborted when the task is cancelled or has run out of time. */
const greet: Handler = async (job, { progress, signal }) => {
  const { names } = job.task.payload as { names: string[] };
  const greetings: string[] = [];
  for (const name of names) {
    await delay(100, undefined, { signal });
    greetings.push(\`Hello, \${name}!\`);
    progress(greetings.length / names.length, name);
  }
  return greetings;
};

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const worker = client.worker({ handlers: { greet }, slots: 4 });
await worker.start();
console.log('The worker takes tasks of the type greet. Ctrl-C stops it.');

const stop = async (): Promise<void> => {
  await worker.stop();
  await client.close();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
`;

const SUBMIT = `import { connect } from '@precedent/client';

const given = process.argv.slice(2);
const names = given.length > 0 ? given : ['world'];

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const { id } = await client.submit({ type: 'greet', payload: { names }, band: 'high' });
console.log(await client.result(id, { timeoutMs: 60_000 }));
await client.close();
`;

const readme = (name: string): string => `# ${name}

A worker for Precedent, with a handler of its own in \`src/worker.ts\`.

\`\`\`sh
npm install
npm run up                     # NATS, engine, history, vectorizer and the built-in worker; Ctrl-C stops all
npm run worker                 # in a second terminal
npm run submit -- Ada Grace    # in a third one
npx precedent list
\`\`\`

With servers of your own, leave \`npm run up\` out and set \`NATS_URL\`.
`;
