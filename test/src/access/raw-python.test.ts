import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { inboxPrefixOf } from '@precedent/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { foreignPublishes, foreignSubscriptions } from './foreign-subjects.ts';
import { accessWorld } from './world.ts';

const PYTHON = process.env['PRECEDENT_TEST_PYTHON'] ?? 'python3';
const PROGRAM = path.join(import.meta.dirname, 'programs', 'raw_client.py');
const hasPython = spawnSync(PYTHON, ['-c', 'import json, socket'], { stdio: 'ignore' }).status === 0;

type Command = readonly ['PUB' | 'SUB', string, string?, string?];

/** A client in Python, with the lines that the server sent for each command. */
const pythonClient = async (url: string, key: string) => {
  const { hostname, port } = new URL(url);
  const child = spawn(PYTHON, ['-u', PROGRAM, hostname, port, key], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<readonly string[]> =>
    JSON.parse(String((await lines.next()).value)) as readonly string[];
  const greeting = await answer();
  const perform = (command: Command): Promise<readonly string[]> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return answer();
  };
  return { greeting, perform };
};

const setup = async () => {
  const world = await accessWorld();
  await world.grant('ann', { namespace: 'acme' });
  await world.grant('bob', { namespace: 'other' });
  const [ann, bob] = [await world.key('ann'), await world.key('bob')];
  const seen: string[] = [];
  world.nc.subscribe('>', { callback: (_, msg) => void seen.push(msg.subject) });
  await world.nc.flush();
  const client = await pythonClient(world.server.url, ann.text);
  return { ...world, ann, bob, client, seen, tenants: { root: world.root, own: ann.id, other: bob.id } };
};

describe.skipIf(!hasPython)(
  'a raw client in Python with the key of one tenant (skipped without python3)',
  () => {
    it('is refused by the server with a wrong key', async () => {
      const { server, ann } = await setup();
      const wrong = `${ann.text.slice(0, -1)}${ann.text.endsWith('A') ? 'B' : 'A'}`;
      const { greeting } = await pythonClient(server.url, wrong);
      expect(greeting).toEqual(["-ERR 'Authorization Violation'"]);
    });

    it('is refused on every subject of another tenant, of the cell, and of JetStream', async () => {
      const { client, tenants, nc, seen } = await setup();
      seen.length = 0;
      for (const subject of foreignPublishes(tenants))
        expect(await client.perform(['PUB', subject, '', '{}'])).toEqual([
          `-ERR 'Permissions Violation for Publish to "${subject}"'`,
        ]);
      await nc.flush();
      expect(seen.filter((subject) => !subject.startsWith('_INBOX'))).toEqual([]);
    });

    it('is refused when it subscribes to anything else than its inbox and the events of its namespace', async () => {
      const { client, tenants, root, ann } = await setup();
      for (const subject of foreignSubscriptions(tenants))
        for (const [queue, named] of [
          ['', ''],
          ['engine', ' using queue "engine"'],
        ] as const)
          expect(await client.perform(['SUB', subject, queue])).toEqual([
            `-ERR 'Permissions Violation for Subscription to "${subject}"${named}'`,
          ]);
      for (const subject of [`${inboxPrefixOf(ann.id)}.>`, `${root}.events.acme.*.*.*`])
        expect(await client.perform(['SUB', subject])).toEqual([]);
    });

    it('gets the answers to its own requests, and the events of its namespace only', async () => {
      const { client, root, ann, nc } = await setup();
      const answered = Promise.withResolvers<boolean>();
      nc.subscribe(`${root}.ns.*.task.get.*`, {
        callback: (_, msg) => answered.resolve(msg.respond('an answer')),
      });
      await nc.flush();
      const inbox = `${inboxPrefixOf(ann.id)}.1`;
      await client.perform(['SUB', inbox]);
      await client.perform(['SUB', `${root}.events.acme.*.*.*`]);
      // The answer may come before the server has answered the PING behind the request.
      const first = await client.perform(['PUB', `${root}.ns.acme.task.get.${ann.id}`, inbox, '{"id":"a"}']);
      await answered.promise;
      for (const namespace of ['other', 'acme'])
        nc.publish(`${root}.events.${namespace}.p.t.completed`, namespace);
      await nc.flush();
      // What the server had for this client until then comes before the answer to its next PING.
      const got = [...first, ...(await client.perform(['SUB', `${inbox}.last`]))];
      expect(got).toEqual([`MSG ${inbox} an answer`, `MSG ${root}.events.acme.p.t.completed acme`]);
    });
  },
);
