import { seededRandom } from '@precedent/kernel';
import { inboxPrefixOf } from '@precedent/contracts';
import { FUZZ_SEED } from '@precedent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AKey } from './access-server.ts';
import { closedCell } from './closed-cell.ts';
import { attack } from './fuzz-messages.ts';
import type { Attack } from './fuzz-messages.ts';
import { natsInterface } from './interfaces.ts';
import type { ClosedCell, Interface } from './interfaces.ts';
import { natsSocket } from './nats-socket.ts';
import { OPERATIONS, REQUESTS, expectedCode, nameOf } from './roles.ts';

/** `PRECEDENT_TEST_MESSAGES=100000` sends as many as the documents promise. */
const MESSAGES = Number(process.env['PRECEDENT_TEST_MESSAGES'] ?? 10_000);
const BATCH = 500;

/** In everything that the attacker does not know of the other tenant, and never sends itself. */
const CANARY = 'q7canary';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

describe('a tenant that attacks another one with its own key and our source code', () => {
  let cell: ClosedCell;
  let own: AKey;
  let foreign: AKey;
  let over: Interface;
  /** Of the other tenant: some that the attacker has guessed. */
  const guessed: string[] = [];
  const unknown: string[] = [];

  beforeAll(async () => {
    cell = await closedCell(stack);
    own = await cell.key('bob');
    foreign = await cell.key('ann');
    await cell.grant('bob', { namespace: 'beta', role: 'admin' });
    await cell.grant('ann', { namespace: 'acme', role: 'admin' });
    over = natsInterface(cell);
    await fillWithCanaries();
    await call(own, 'beta', 'submit.submit', { type: 'work', payload: { result: 'of beta' } });
    await cell.caughtUp();
  });

  const call = (key: AKey, namespace: string, name: string, request: object) => {
    const [group = '', verb = ''] = name.split('.');
    return over.call({ key, namespace, operation: { group, verb } as never, request });
  };

  /** Tasks of every kind, with the canary in all that a submitter or a task writes. */
  const fillWithCanaries = async (): Promise<void> => {
    const { client } = cell;
    const common = {
      namespace: 'acme',
      project: 'web',
      type: 'work',
      name: `import ${CANARY}`,
      labels: { [`${CANARY}-label`]: CANARY },
      retry: { max: 0 },
    };
    const payloads = [{ result: CANARY }, { fails: `${CANARY} relation does not exist` }];
    for (const [at, payload] of payloads.entries())
      for (const id of [`acme--known-${at}`, `acme--${CANARY}-${at}`]) {
        await client.submit({
          ...common,
          id,
          payload: { says: `${CANARY} says`, ...payload },
          idempotencyKey: `k${id}`,
        });
        await client.wait(id);
        (id.includes(CANARY) ? unknown : guessed).push(id);
      }
    for (const id of ['acme--known-waits', `acme--${CANARY}-waits`]) {
      await client.submit({ ...common, id, pool: 'nowhere', command: CANARY, type: 'command' });
      (id.includes(CANARY) ? unknown : guessed).push(id);
    }
    await client.submit({ ...common, id: 'acme--known-cancelled', pool: 'nowhere' });
    await client.cancel('acme--known-cancelled', `${CANARY} reason`);
    guessed.push('acme--known-cancelled');
    await cell.caughtUp();
    await call(foreign, 'acme', 'search.remember', { text: `${CANARY} note`, project: 'web' });
    const resolution = { id: 'acme--known-1', text: `${CANARY} resolution`, evidence: 'acme--known-0' };
    expect(await call(foreign, 'acme', 'search.resolve', resolution)).toMatchObject({ code: 'answered' });
  };

  /** All that the cell has of the tasks of the other tenant. */
  const stateOfForeign = async (): Promise<readonly object[]> => {
    const { client } = cell;
    return Promise.all(
      [...guessed, ...unknown].map(async (id) => {
        const { freshness: _, ...history } = await client.history.get(id);
        const { events } = await client.history.events({ task: id });
        return { now: await client.get(id), history, events, logs: await client.history.logs(id) };
      }),
    );
  };

  /** Keys and grants that are not of the namespace of the attacker, who administers it. */
  const foreignAccess = () => ({
    keys: cell.registry.keys().filter(({ principal }) => !principal.startsWith('beta--')),
    grants: cell.registry.grants().filter(({ namespace }) => namespace !== 'beta'),
  });

  it('is given nothing, and changes nothing', async () => {
    const socket = await natsSocket(cell.server.url, own.text);
    stack.defer(() => socket.close());
    let received = 0;
    let tail = '';
    const leaks: string[] = [];
    socket.onBytes = (bytes) => {
      received += bytes.length;
      const text = tail + bytes;
      const at = text.indexOf(CANARY);
      if (at >= 0) leaks.push(text.slice(Math.max(0, at - 2_000), at + 100));
      tail = text.slice(-CANARY.length);
    };
    for (const subject of [`${inboxPrefixOf(own.id)}.>`, `${cell.root}.events.beta.*.*.*`])
      await socket.send(Buffer.from(`SUB ${subject} 1\r\n`));
    const before = await stateOfForeign();
    const access = foreignAccess();
    const [session = ''] = (await cell.client.workers()).map((worker) => worker.session);
    const random = seededRandom(FUZZ_SEED);
    const one: Attack = { random, root: cell.root, own: own.id, foreign: foreign.id, ids: guessed, session };
    for (let sent = 0; sent < MESSAGES; sent += BATCH) {
      await socket.send(Buffer.concat(Array.from({ length: BATCH }, () => attack(one))));
      await socket.flush();
    }
    // Services answer in the order of the requests of a subject: the last answer of each is behind all of the others.
    for (const operation of OPERATIONS.filter(({ reach }) => reach === 'namespace'))
      await call(own, 'beta', nameOf(operation), {}).catch(() => undefined);
    await socket.flush();
    await cell.caughtUp();
    expect(leaks).toEqual([]);
    expect(received).toBeGreaterThan(MESSAGES * 50);
    expect(await stateOfForeign()).toEqual(before);
    expect(foreignAccess()).toEqual(access);
    expect((await cell.client.status()).state).toBe('running');
  });

  it('learns no count: its figures are the same when the other tenant submits more', async () => {
    const figures = async (): Promise<readonly string[]> => {
      await cell.caughtUp();
      const requests = [
        ['history.stats', {}],
        ['history.list', { limit: 5 }],
        ['history.search', { text: 'import' }],
        ['task.list', {}],
        ['search.find', { query: 'import' }],
        ['search.failures', { since: 1 }],
        ['search.recall', { query: 'note' }],
        ['search.collections', {}],
        ['search.recommend', { type: 'work', name: 'import' }],
        ['search.predict', { type: 'work', name: 'import' }],
      ] as const;
      const answers = await Promise.all(
        requests.map(async ([name, request]) => `${name} ${(await call(own, 'beta', name, request)).text}`),
      );
      return answers.map((text) => text.replaceAll(/"freshness":\{[^}]*\}/g, '""'));
    };
    const before = await figures();
    const task = {
      namespace: 'acme',
      project: 'web',
      type: 'work',
      name: 'import',
      payload: { fails: 'no' },
    };
    const ids = Array.from({ length: 20 }, (_, at) => `acme--more-${at}`);
    await Promise.all(ids.map((id) => cell.client.submit({ ...task, id, retry: { max: 0 } })));
    await Promise.all(ids.map((id) => cell.client.wait(id)));
    expect(await figures()).toEqual(before);
  });

  /** Operations of which the answer names one task. */
  const ofATask = OPERATIONS.filter(
    (operation) =>
      expectedCode({ role: 'admin', namespace: 'beta', project: '*' }, operation, {
        namespace: 'beta',
        project: 'web',
      }) === 'TASK_NOT_FOUND',
  );

  const requestFor = (operation: (typeof ofATask)[number], id: string): object =>
    REQUESTS[nameOf(operation) as keyof typeof REQUESTS]({
      namespace: 'beta',
      project: 'web',
      failed: id,
      completed: id,
      fresh: id,
      over: id,
    });

  it.each(ofATask.map((operation) => [nameOf(operation), operation] as const))(
    'gets the same answer for a task of the other tenant and for one that never was: %s',
    async (name, operation) => {
      const answers = await Promise.all(
        [...guessed, 'acme--never-was'].map(async (id) => {
          const { code, text } = await call(own, 'beta', name, requestFor(operation, id));
          return [code, text.replaceAll(id, 'ID')];
        }),
      );
      expect(new Set(answers.map((answer) => answer.join(' '))).size).toBe(1);
      expect(answers[0]?.[0]).toBe('TASK_NOT_FOUND');
    },
  );

  it('gets both answers as fast', async () => {
    const [ROUNDS, ATTEMPTS] = [20, 3];
    const taken = async (operation: (typeof ofATask)[number], id: string): Promise<number> => {
      const at = performance.now();
      await call(own, 'beta', nameOf(operation), requestFor(operation, id));
      return performance.now() - at;
    };
    /** The middle time of an answer for a task that there is, as a share of that for one that never was; in turns. */
    const share = async (operation: (typeof ofATask)[number]): Promise<number> => {
      const times: [number, number][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const pair = [guessed[round % guessed.length] ?? '', `acme--never-${round % guessed.length}`];
        const isTurned = round % 2 === 0;
        const first = await taken(operation, pair[isTurned ? 1 : 0] ?? '');
        const second = await taken(operation, pair[isTurned ? 0 : 1] ?? '');
        times.push(isTurned ? [second, first] : [first, second]);
      }
      const [there, never] = [0, 1].map((at) => median(times.map((one) => one[at] ?? 0)));
      return (there ?? 0) / (never ?? 1);
    };
    // What else runs on the machine may slow down one of the two: a difference that is there each time is one.
    const differs = async (operation: (typeof ofATask)[number]): Promise<boolean> => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++)
        if (Math.abs(Math.log2(await share(operation))) < 1) return false;
      return true;
    };
    const different: string[] = [];
    for (const operation of ofATask) if (await differs(operation)) different.push(nameOf(operation));
    expect(different).toEqual([]);
  });
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
