import type { MergedRequest } from '@precedent/client';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { taskIdOf } from './task-id.ts';
import { runFake } from './testing/fake-cli.ts';
import { aTask } from './testing/fixtures.ts';

const ULID = '01M8M92R9NC468FS22XPMFVN3K';
const OTHER = '01M8M92J23049ZX62AJQRTGHZH';

const having = (...ids: readonly string[]) => {
  const requests: (MergedRequest | undefined)[] = [];
  const list = async (filter?: MergedRequest) => {
    requests.push(filter);
    const prefix = filter?.idPrefix ?? '';
    return { tasks: ids.filter((id) => id.startsWith(prefix)).map((id) => aTask({ id })), truncated: false };
  };
  return { client: { list }, requests };
};

describe('the id that a beginning stands for', () => {
  it('is that of the only task which begins so', async () => {
    const { client, requests } = having(ULID, OTHER);
    expect(await taskIdOf(client, '01M8M92R')).toBe(ULID);
    expect(requests).toEqual([{ idPrefix: '01M8M92R', limit: 11 }]);
  });

  it('is the given one where it is whole, one of those, or the beginning of none', async () => {
    const { client, requests } = having('nightly', 'nightly-2', ULID);
    expect(await taskIdOf(client, ULID)).toBe(ULID);
    expect(await taskIdOf(client, 'no id!')).toBe('no id!');
    expect(requests).toEqual([]);
    expect(await taskIdOf(client, 'nightly')).toBe('nightly');
    expect(await taskIdOf(client, 'other')).toBe('other');
  });

  it('is refused with the candidates where it is not clear, with exit code 64', async () => {
    const { client } = having(ULID, OTHER);
    const { exit, err } = await runFake(['get', '01M8'], { client });
    expect(exit).toBe(64);
    expect(err).toContain('error INVALID_REQUEST: 01M8 is the beginning of 2 tasks\n');
    expect(err).toContain(`  ${ULID}: running, command\n  ${OTHER}: running, command\n`);
  });

  it('is left to the command where no engine answers', async () => {
    const list = () => Promise.reject(new AppError('ENGINE_UNREACHABLE', 'no engine answered'));
    expect(await taskIdOf({ list }, '01M8')).toBe('01M8');
  });

  it('is found by every command that takes an id', async () => {
    const { client: listing } = having(ULID);
    const requests: unknown[] = [];
    const noteNow = (about: unknown): never => {
      const ids = typeof about === 'string' ? [about] : Object.values(Object(about) as object);
      requests.push(ids.find((one) => one === ULID));
      throw new AppError('INTERNAL', 'requested');
    };
    const note = async (about: unknown): Promise<never> => noteNow(about);
    const client = {
      ...listing,
      get: note,
      why: note,
      cancel: note,
      delete: note,
      decisions: note,
      watch: noteNow,
      logs: noteNow,
      search: { seen: note, diff: note, predict: note, recommend: note, resolve: note },
      history: { get: note, events: note },
    };
    const start = ULID.slice(0, 9);
    const commands = [
      ...['get', 'why', 'cancel', 'delete', 'logs', 'seen', 'diff', 'predict', 'recommend'].map((name) => [
        name,
        start,
      ]),
      ['decisions', '--task', start],
      ['watch', '--id', start],
      ['resolve', start, 'text', '--evidence', start],
      ['history', 'get', start],
      ['history', 'events', '--task', start],
    ];
    for (const command of commands) await runFake(command, { client });
    expect(requests).toEqual(commands.map(() => ULID));
  });
});

describe('precedent list', () => {
  it('passes labels and times on', async () => {
    const { client, requests } = having();
    await runFake(
      ['list', '--label', 'team=a', '--label', 'zone=b', '--since', '2026-11-20T10:00Z', '--until', '1h'],
      {
        client,
      },
    );
    expect(requests).toEqual([
      {
        limit: 50,
        labels: { team: 'a', zone: 'b' },
        since: Date.UTC(2026, 10, 20, 10),
        until: Date.UTC(2026, 10, 20, 11),
      },
    ]);
  });
});
