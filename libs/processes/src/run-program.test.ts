import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const HERE = JSON.stringify(path.join(import.meta.dirname, 'run-program.ts'));

/** Runs a program as a child of this process, and gives what it wrote, what it reported, and how it ended. */
const run = async (main: string) => {
  const script = `import { runProgram } from ${HERE}; import { AppError } from '@precedent/kernel';
    setInterval(() => undefined, 1e6); runProgram(${main});`;
  const args = ['--conditions=precedent:source', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const reported: unknown[] = [];
  child.on('message', (message) => reported.push(message));
  const written = child.stderr === null ? '' : text(child.stderr);
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, reported, written: await written };
};

it('writes and reports why a program failed, with each issue, and ends it with code 1 though timers run', async () => {
  const issues = `[{ field: 'nats.url', message: 'is no URL' }]`;
  const { exitCode, reported, written } = await run(
    `async () => { throw new AppError('INVALID_CONFIG', '1 problem', { issues: ${issues} }); }`,
  );
  expect(written).toContain('error INVALID_CONFIG: 1 problem\n  nats.url: is no URL\n');
  expect(reported).toMatchObject([{ kind: 'failed', problem: { code: 'INVALID_CONFIG' } }]);
  expect(exitCode).toBe(1);
});

it('reports an error of any kind as INTERNAL', async () => {
  const { reported } = await run(`() => Promise.reject(new TypeError('x is not a function'))`);
  expect(reported).toMatchObject([
    { kind: 'failed', problem: { code: 'INTERNAL', message: 'x is not a function' } },
  ]);
});
