import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SubmitOutcome } from '@precedent/client';
import type { TaskSpec } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runFake } from './testing/fake-cli.ts';
import type { FakeWorld } from './testing/fake-cli.ts';

const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'precedent-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
};

/** A client that takes everything and remembers it. */
const takingAll = (refuse: (spec: TaskSpec) => boolean = () => false) => {
  const specs: TaskSpec[] = [];
  const take = (spec: TaskSpec): SubmitOutcome => {
    specs.push(spec);
    const id = spec.id ?? `t${specs.length}`;
    if (refuse(spec)) return { id, error: { code: 'QUEUE_FULL', message: 'band low holds 5 of 5 tasks' } };
    return { id, seq: specs.length, door: 'ask' };
  };
  const client: FakeWorld['client'] = {
    submit: async (spec) => {
      const outcome = take(spec);
      if ('error' in outcome) throw new AppError(outcome.error.code, outcome.error.message);
      return outcome;
    },
    submitMany: async (source) => {
      const outcomes: SubmitOutcome[] = [];
      for await (const spec of source) outcomes.push(take(spec));
      return outcomes;
    },
  };
  return { specs, client };
};

const specFrom = async (argv: readonly string[], world: FakeWorld = {}): Promise<TaskSpec | undefined> => {
  const { specs, client } = takingAll();
  const { exit, err } = await runFake(argv, { ...world, client });
  expect([exit, err]).toEqual([0, '']);
  return specs[0];
};

describe('precedent submit', () => {
  it('prints the id alone, for scripts', async () => {
    const { client } = takingAll();
    expect(await runFake(['submit', 'report'], { client })).toMatchObject({
      exit: 0,
      out: 't1\n',
      err: '',
      closed: true,
    });
  });

  it.each<[string, string[], TaskSpec]>([
    ['a type', ['submit', 'report.generate'], { type: 'report.generate' }],
    ['a line for the shell', ['submit', '--', 'echo a | wc -c'], { command: 'echo a | wc -c' }],
    [
      'a program with arguments, its flags left alone',
      ['submit', '--band', 'low', '--', 'ls', '--json', '-u', '--', 'x'],
      { band: 'low', command: 'ls', args: ['--json', '-u', '--', 'x'] },
    ],
    [
      'a type and a command',
      ['submit', 'command', '--', 'ls', '-l'],
      { type: 'command', command: 'ls', args: ['-l'] },
    ],
    ['a payload', ['submit', 'a', '--payload', '{"n":[1]}'], { type: 'a', payload: { n: [1] } }],
    [
      'everything',
      (
        'submit a --band high --project p --namespace n --name my-task --pool gpu --label a=1 --label b=x=y --cwd /srv ' +
        '--env A= --retries 0 --timeout 90s --queue-timeout 2h --id i1 --key k1'
      ).split(' '),
      {
        type: 'a',
        band: 'high',
        project: 'p',
        namespace: 'n',
        name: 'my-task',
        pool: 'gpu',
        labels: { a: '1', b: 'x=y' },
        cwd: '/srv',
        env: { A: '' },
        retry: { max: 0 },
        timeouts: { attempt: '90s', queue: '2h' },
        id: 'i1',
        idempotencyKey: 'k1',
      },
    ],
  ])('makes a task of %s', async (_, argv, spec) => {
    expect(await specFrom(argv)).toEqual(spec);
  });

  it('takes a payload from a file and from stdin', async () => {
    const cwd = folderWith({ 'p.json': '{"from":"file"}' });
    expect(await specFrom(['submit', 'a', '--payload', '@p.json'], { cwd })).toEqual({
      type: 'a',
      payload: { from: 'file' },
    });
    expect(await specFrom(['submit', 'a', '--payload', '-'], { stdin: '[1]' })).toEqual({
      type: 'a',
      payload: [1],
    });
  });

  it.each([
    [['submit'], 64, /^error INVALID_REQUEST: no type and no command is given/],
    [['submit', '--'], 64, /no command follows the --/],
    [['submit', 'a', '--payload', '{'], 65, /the payload \(--payload\) is not JSON/],
    [['submit', 'a', '--payload', '@nope.json'], 65, /the file cannot be read: ENOENT/],
    [['submit', 'a', '--label', 'x'], 64, /--label is x; name=value is expected/],
    [['submit', 'a', '--retries', '-1'], 64, /--retries is -1; a whole number from 0 to 100 is expected/],
    [['submit', 'a', '--timeout', '5'], 64, /--timeout is 5, without a unit; 5ms, 5s, 5m or 5h is expected/],
    [['run', '--queue-timeout', '1.5', '--', 'ls'], 64, /--queue-timeout is 1\.5, without a unit/],
    [['submit', 'a', '--band', 'hi'], 64, /Allowed choices are low, normal, high, critical/],
    [['submit', 'a', 'b'], 64, /too many arguments/],
    [['run', 'echo', 'hi'], 64, /A command goes after --: `precedent run -- <command>`/],
    [['get', 'x', 'y'], 64, /`precedent help get` shows/],
    [['get', 'x', '--', 'a'], 64, /get takes no command after --/],
  ])('refuses %j before it connects', async (argv, exit, message) => {
    const outcome = await runFake(argv);
    expect(outcome).toMatchObject({ exit, out: '', connected: undefined });
    expect(outcome.err).toMatch(message);
  });

  it('tells of a refusal with its code, and what to do', async () => {
    const { client } = takingAll(() => true);
    const outcome = await runFake(['submit', 'a'], { client });
    expect(outcome).toMatchObject({
      exit: 75,
      out: '',
      err: 'error QUEUE_FULL: band low holds 5 of 5 tasks\n  Wait for the time given in retryAfterMs, then try again.\n',
      closed: true,
    });
    const asJson = await runFake(['submit', 'a', '--json'], { client });
    expect(JSON.parse(asJson.err)).toEqual({
      error: { code: 'QUEUE_FULL', message: 'band low holds 5 of 5 tasks' },
    });
  });
});

describe('precedent submit --file', () => {
  const lines = '{"type":"a"}\n\n{"type":"b","band":"low"}\n';
  const tasks = [
    { band: 'high', type: 'a' },
    { band: 'low', type: 'b' },
  ];

  it.each([
    ['an array', 'tasks.json', '[{"type":"a"},{"type":"b","band":"low"}]'],
    ['lines', 'tasks.ndjson', lines],
    ['lines', 'tasks.jsonl', lines],
  ])('submits %s, with the flags where a task is silent', async (_, file, content) => {
    const { specs, client } = takingAll();
    const argv = ['submit', '--file', file, '--band', 'high'];
    const outcome = await runFake(argv, { client, cwd: folderWith({ [file]: content }) });
    expect(outcome).toMatchObject({ exit: 0, out: 't1\nt2\n', err: '2 of 2 tasks submitted\n' });
    expect(specs).toEqual(tasks);
  });

  it('reads lines from stdin, and one task that is no array', async () => {
    const { specs, client } = takingAll();
    await runFake(['submit', '--file', '-', '--band', 'high'], { client, stdin: lines });
    expect(specs).toEqual(tasks);
    const cwd = folderWith({ 'one.json': '{"type":\n"c"}' });
    await runFake(['submit', '--file', 'one.json'], { client, cwd });
    expect(specs[2]).toEqual({ type: 'c' });
  });

  it('submits the good ones, tells of the refused ones, and exits with the code of the first', async () => {
    const { client } = takingAll(({ type }) => type === 'a');
    const outcome = await runFake(['submit', '--file', '-'], { client, stdin: lines });
    expect(outcome).toMatchObject({ exit: 75, out: 't2\n' });
    expect(outcome.err).toMatch(/^task 1: error QUEUE_FULL: .*\n.*\n1 of 2 tasks submitted\n$/);
  });

  it('prints one JSON line for each task', async () => {
    const { client } = takingAll(({ type }) => type === 'a');
    const { out, err } = await runFake(['submit', '--file', '-', '--json'], { client, stdin: lines });
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { id: 't1', error: { code: 'QUEUE_FULL', message: 'band low holds 5 of 5 tasks' } },
      { id: 't2', seq: 2, door: 'ask' },
    ]);
    expect(err).toBe('');
  });

  it.each([
    ['a.ndjson', '{"type":"a"}\n{', /a.ndjson:2 is not JSON/],
    ['a.ndjson', '1\n', /a.ndjson:1 is 1; a task is an object/],
    ['a.json', '[[]]', /a.json\[0\] is \[\]; a task is an object/],
    ['a.json', '[', /a.json is not JSON/],
  ])('names the place in %s that is wrong', async (file, content, message) => {
    const { client } = takingAll();
    const outcome = await runFake(['submit', '--file', file], {
      client,
      cwd: folderWith({ [file]: content }),
    });
    expect(outcome.exit).toBe(65);
    expect(outcome.err).toMatch(message);
  });

  it.each([
    ['a.json', '\ufeff{"type": "a"}'],
    ['a.ndjson', '\ufeff{"type": "a"}\r\n{"type": "a"}\r\n'],
  ])('reads %s with a byte order mark, and refuses UTF-16 by its name', async (file, content) => {
    const { client } = takingAll();
    const cwd = folderWith({ [file]: content });
    expect(await runFake(['submit', '--file', file], { client, cwd })).toMatchObject({ exit: 0 });
    writeFileSync(path.join(cwd, file), Buffer.from(content, 'utf16le'));
    expect(await runFake(['submit', '--file', file], { client, cwd })).toMatchObject({
      exit: 65,
      err: expect.stringMatching(/a\.(nd)?json is UTF-16; UTF-8 is expected/),
    });
  });

  it('reads a payload with a byte order mark, from a file and from stdin', async () => {
    const { client } = takingAll();
    const cwd = folderWith({ 'p.json': '\ufeff{"a": 1}' });
    expect(await runFake(['submit', 'a', '--payload', '@p.json'], { client, cwd })).toMatchObject({
      exit: 0,
    });
    const stdin = '\ufeff{"a": 1}';
    expect(await runFake(['submit', 'a', '--payload', '-'], { client, stdin })).toMatchObject({ exit: 0 });
  });

  it.each(['nope.ndjson', 'nope.json'])('says so when %s is not there', async (file) => {
    const { client } = takingAll();
    const outcome = await runFake(['submit', '--file', file], { client, cwd: folderWith({}) });
    expect(outcome.exit).toBe(65);
    expect(outcome.err).toMatch(/cannot be read: ENOENT/);
  });
});
