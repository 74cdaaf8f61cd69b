import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { connect } from '@precedent/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PRECEDENT, runCli } from './cli.ts';
import { canSeeProcesses, environmentOf, processesWith } from './programs.ts';
import type { SeenProcess } from './programs.ts';

/** What `precedent up` may take until nothing of it runs any more: 3.8 s where a part hangs, and what a busy machine adds. */
const END_LIMIT_MS = 8_000;

const kill = ({ pid }: SeenProcess): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

interface Shell {
  readonly shell: ChildProcess;
  readonly mark: string;
  /** What has been written so far. */
  readonly text: () => string;
  readonly url: string;
}

interface UpIn {
  /** Runs it in a terminal of its own. */
  readonly inTerminal?: boolean;
  /** Resolves when a process with such a command line is there; without it: when everything is ready. */
  readonly untilProcess?: RegExp;
}

/** Runs a shell script in which `$UP` starts everything but what remembers. */
const upIn = async (script: string, { inTerminal = false, untilProcess }: UpIn = {}): Promise<Shell> => {
  const [file, args] = inTerminal ? ['script', ['-qfec', script, '/dev/null']] : ['/bin/sh', ['-c', script]];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'precedent-orphans-'));
  const mark = `orphans-${randomUUID()}`;
  const shell = spawn(file, args, {
    cwd: folder,
    env: environmentOf(mark, {
      PRECEDENT_NATS_PORT: '0',
      PRECEDENT_SERVER_METRICS_PORT: '0',
      UP: `${PRECEDENT} up --data data`,
      FOLDER: folder,
    }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    shell.kill('SIGKILL');
    // What is killed may have started another process meanwhile.
    await vi.waitFor(() => {
      const left = processesWith(mark);
      for (const one of left) kill(one);
      expect(left).toEqual([]);
    });
    rmSync(folder, { recursive: true, force: true });
  });
  let text = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      // A terminal gets colours.
      text += stripVTControlCharacters(more);
    });
  const isUp = (): boolean =>
    untilProcess === undefined
      ? /^ready in /m.test(text)
      : processesWith(mark).some(({ command }) => untilProcess.test(command));
  await vi.waitFor(() => expect(isUp()).toBe(true), { timeout: 90_000, interval: 50 });
  const url = /^ready in [^:]+: (\S+),/m.exec(text)?.[1] ?? '';
  return { shell, mark, text: () => text, url };
};

/** Starts a command that runs until it is ended. */
const startSleep = async ({ url, mark }: Shell): Promise<void> => {
  const client = await connect({ servers: url });
  const { id } = await client.submit({
    command: 'echo begun; sleep 1000',
    env: { PRECEDENT_TEST_MARK: mark },
  });
  for await (const { text } of client.logs(id, { follow: true })) if (text.includes('begun')) break;
  await client.close();
};

const nothingIsLeft = async (mark: string): Promise<void> => {
  await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: END_LIMIT_MS, interval: 50 });
};

/** Matches the command line of a part, which runs from its bundle or from its sources. */
const programOf = (name: string): RegExp => new RegExp(`/(apps|dist)/${name}/`);

const hasScript = existsSync('/usr/bin/script');

describe.runIf(canSeeProcesses)('the end of precedent up', () => {
  it('ends every part and every task of the worker when it is killed', async () => {
    const first = await upIn('cd "$FOLDER"; exec $UP');
    await startSleep(first);
    const running = processesWith(first.mark)
      .map(({ command }) => command)
      .join('\n');
    for (const part of [
      /nats-server/,
      programOf('engine'),
      programOf('history'),
      programOf('worker'),
      /sleep 1000/,
    ])
      expect(running).toMatch(part);
    first.shell.kill('SIGKILL');
    await nothingIsLeft(first.mark);
  });

  it('kills parts that are stopped or hang, and a Qdrant, when it is killed', async () => {
    const { mark, shell } = await upIn('cd "$FOLDER"; PRECEDENT_VECTORIZER_ENABLED=true exec $UP', {
      untilProcess: programOf('vectorizer'),
    });
    expect(processesWith(mark).some(({ command }) => command.includes('/qdrant'))).toBe(true);
    for (const { pid, command } of processesWith(mark))
      if (/\/(apps|dist)\/(engine|history|worker|vectorizer)\/|^\S*(nats-server|qdrant) /.test(command))
        process.kill(pid, 'SIGSTOP');
    shell.kill('SIGKILL');
    await nothingIsLeft(mark);
  });

  it.runIf(hasScript)('stops every part when its terminal is closed', async () => {
    const world = await upIn('cd "$FOLDER"; exec $UP', { inTerminal: true });
    // `script` holds the other side of the terminal.
    world.shell.kill('SIGKILL');
    await vi.waitFor(() => expect(processesWith(world.mark)).toEqual([]), { timeout: 15_000, interval: 50 });
  });

  it('continues when its terminal is closed under nohup', async () => {
    const { mark, shell, url } = await upIn('cd "$FOLDER"; exec nohup $UP');
    shell.kill('SIGHUP');
    const { code } = await runCli(['run', '-u', url, '--', 'echo', 'still here'], { cwd: os.tmpdir() });
    expect(code).toBe(0);
    shell.kill('SIGTERM');
    await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: 15_000, interval: 50 });
  });

  it.each(['stdout', 'stderr'])(
    'stops every part and ends with 141 when the reader of %s goes away',
    async (output) => {
      const fd = output === 'stdout' ? 1 : 2;
      const script = `cd "$FOLDER"; mkfifo pipe; cat pipe & echo "reader $!"; $UP ${fd}>pipe; echo "code $?"`;
      const { shell, mark, text } = await upIn(script);
      process.kill(Number(/reader (\d+)/.exec(text())?.[1]), 'SIGKILL');
      await once(shell, 'close');
      expect(text()).toContain('code 141');
      expect(processesWith(mark)).toEqual([]);
    },
  );
});

describe.runIf(canSeeProcesses)('precedent run', () => {
  it('cancels its task and ends with 141 when the reader of its output closes the pipe, also while nothing is written', async () => {
    const { url, mark } = await upIn('cd "$FOLDER"; exec $UP');
    const script = `{ "${PRECEDENT}" run -u "${url}" -- sh -c 'echo one; sleep 1000'; echo "code $?" >&2; } | head -n 1`;
    const shell = spawn('/bin/sh', ['-c', script], {
      env: environmentOf(mark, {}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    shell.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
    await once(shell, 'close');
    expect(text).toContain('code 141');
    const client = await connect({ servers: url });
    const { tasks } = await client.list({ limit: 1 });
    await client.close();
    expect(tasks[0]?.state).toBe('cancelled');
    expect(tasks[0]?.error?.message).toContain('the reader of the output went away');
  });
});
