import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { ChainCheck, readAuditText } from '@precedent/access';
import type { AuditMessage, AuditedRequest, Grant } from '@precedent/contract-types';
import { callerSubjectsOf } from '@precedent/contracts';
import {
  auditConnections,
  ensureAuditStream,
  natsAuditStore,
  restoreStreams,
  streamUpkeep,
} from '@precedent/nats';
import { sha256Hex } from '@precedent/ports';
import type { RefusedConnection } from '@precedent/nats';
import type { AuditTrail } from '@precedent/ports';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW, aGrant, openGatedServices } from './gated-services.ts';
import { ask, natsWorlds, until } from './nats-world.ts';
import { aTask } from './scripted-api.ts';

const aWorld = natsWorlds();
const setup = async (...grants: readonly Grant[]) => openGatedServices(await aWorld(), { grants });

const entriesOf = async (trail: AuditTrail): Promise<AuditedRequest[]> =>
  (await trail.read(0)).flatMap(({ text }) => readAuditText(text)?.entries ?? []) as AuditedRequest[];

const TRACE = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the audit trail', () => {
  it('has a mutation with its caller before the engine gets it', async () => {
    const { api, client, own, trail } = await setup(aGrant('operator'));
    const begun = Promise.withResolvers<AuditedRequest[]>();
    const cancel = api.cancel.bind(api);
    api.cancel = (...given) => {
      begun.resolve(entriesOf(trail));
      cancel(...given);
    };
    api.task = aTask({ id: 'a' });
    await ask(client, own.api('cancel'), { id: 'a' }, TRACE);
    const entry = {
      at: NOW,
      service: 'engine',
      operation: 'task.cancel',
      decision: 'allowed',
      credential: 'k1',
      principal: 'ann',
      kind: 'human',
      namespace: 'acme',
      targets: ['a'],
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    };
    expect(await begun.promise).toEqual([entry]);
    expect(await entriesOf(trail)).toEqual([entry]);
  });

  it('has no reading, and no submission, which the journal records with its submitter', async () => {
    const { api, client, own, trail } = await setup(aGrant('operator'));
    api.task = aTask({ id: 'a' });
    await ask(client, own.api('get'), { id: 'a' });
    await ask(client, own.api('list'), {});
    await ask(client, own.submit('low'), { type: 't' });
    await ask(client, own.drop('low'), { type: 't' });
    await until(() => api.offers.length === 2);
    expect(await entriesOf(trail)).toEqual([]);
  });

  it('has every refusal when it is answered: of a foreign namespace, a missing right, an unknown task', async () => {
    const { client, own, root, trail } = await setup(aGrant('viewer'));
    const other = callerSubjectsOf(root, { namespace: 'beta', credential: 'k1' });
    await ask(client, other.api('list'), { project: 'web' });
    await ask(client, own.api('list'), { namespace: 'beta' });
    await ask(client, own.api('delete'), { id: 'a' });
    await ask(client, own.submit('low'), [{ type: 't' }]);
    await ask(client, own.api('get'), { id: 'of-beta' });
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'task.list', namespace: 'beta', code: 'FORBIDDEN', project: 'web', principal: 'ann' },
      { operation: 'task.list', namespace: 'acme', code: 'INVALID_REQUEST' },
      { operation: 'task.delete', code: 'FORBIDDEN', targets: ['a'] },
      { operation: 'submit.submit', code: 'FORBIDDEN' },
      { operation: 'task.get', code: 'TASK_NOT_FOUND', targets: ['of-beta'] },
    ]);
  });

  it('has a refusal before it is answered', async () => {
    const { client, own, trail } = await setup(aGrant('viewer'));
    const [begun, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const append = trail.append.bind(trail);
    trail.append = async (entry) => {
      begun.resolve();
      await goesOn.promise;
      await append(entry);
    };
    let isAnswered = false;
    const answer = ask(client, own.api('delete'), { id: 'a' }).then(() => (isAnswered = true));
    await begun.promise;
    await ask(client, own.api('list'), {});
    expect(isAnswered).toBe(false);
    goesOn.resolve();
    await answer;
  });

  it('has the attempts of a credential that is not valid: requests, tasks of the stream, messages of workers', async () => {
    const { api, client, own, revoke, trail } = await setup(aGrant('admin'));
    await revoke();
    await ask(client, own.api('get'), { id: 'a' });
    await ask(client, own.submit('low'), { type: 't' });
    await ask(client, own.report('main'), {});
    await ask(client, own.drop('low'), { type: 't' });
    await until(() => api.offers.length === 1);
    const refused = { code: 'UNAUTHENTICATED', decision: 'refused', credential: 'k1' };
    const entries = await entriesOf(trail);
    expect(entries).toMatchObject([
      { ...refused, operation: 'task.get' },
      { ...refused, operation: 'submit.submit' },
      { ...refused, operation: 'worker.report', namespace: '*' },
      { ...refused, operation: 'submit.submit' },
    ]);
    expect(entries.every(({ principal }) => principal === undefined)).toBe(true);
  });

  it('has the tasks of a list that the engine refuses its caller', async () => {
    const { api, client, own, trail } = await setup(aGrant('submitter'));
    api.answer = (offer, seq) =>
      seq % 2 === 0 ? { id: `t${seq}`, seq } : { error: { code: 'BUDGET_SPENT', message: 'spent' } };
    await ask(client, own.submit('critical'), [{ type: 't' }, { type: 't' }, { type: 't' }, { type: 't' }]);
    const codes = (await entriesOf(trail)).map(({ code }) => code);
    expect(codes).toEqual(['BUDGET_SPENT', 'BUDGET_SPENT']);
  });

  it('counts a flood of refusals', async () => {
    const { audit, client, own, trail } = await setup(aGrant('viewer'));
    for (let n = 0; n < 50; n++) await ask(client, own.api('cancel'), { id: `a${n}` });
    expect(await entriesOf(trail)).toHaveLength(10);
    await audit.close();
    const entries = await entriesOf(trail);
    expect(entries).toHaveLength(11);
    expect(entries.at(-1)).toMatchObject({ operation: 'task.cancel', code: 'FORBIDDEN', count: 40 });
  });
});

describe('a refused connection in the audit trail', () => {
  const refused = (more: Partial<RefusedConnection>): RefusedConnection => ({
    reason: 'unknown',
    credential: undefined,
    host: '10.0.0.7',
    ...more,
  });

  it('has its host and reason, and the principal of a known key', async () => {
    const { audit, registry, trail } = await setup();
    const record = auditConnections({ audit, registry });
    await record(refused({ reason: 'wrong secret', credential: 'k1' }));
    await record(refused({ credential: 'k2' }));
    await record(refused({ reason: 'no credential' }));
    const common = { operation: 'connect', decision: 'refused', code: 'UNAUTHENTICATED', from: '10.0.0.7' };
    expect(await entriesOf(trail)).toMatchObject([
      { ...common, reason: 'wrong secret', credential: 'k1', principal: 'ann', kind: 'human' },
      { ...common, reason: 'unknown', credential: 'none', targets: ['k2'] },
      { ...common, reason: 'no credential', credential: 'none' },
    ]);
  });

  it('is only counted in a flood, also when each names another key', async () => {
    const { audit, registry, trail } = await setup();
    const record = auditConnections({ audit, registry });
    for (let n = 0; n < 50; n++) await record(refused({ credential: `made-up-${n}` }));
    expect(await entriesOf(trail)).toHaveLength(10);
    await audit.close();
    expect((await entriesOf(trail)).at(-1)).toMatchObject({ operation: 'connect', count: 40 });
  });
});

describe('the host of a request', () => {
  it('is that of the last connection of the credential, where the program has checked it', async () => {
    const { client, own, trail, gate } = await setup(aGrant('viewer'));
    await ask(client, own.api('cancel'), { id: 'a' });
    gate.hosts.set('k1', '10.0.0.1');
    gate.hosts.set('k1', '10.0.0.2');
    await ask(client, own.api('cancel'), { id: 'b' });
    expect((await entriesOf(trail)).map(({ from }) => from)).toEqual([undefined, '10.0.0.2']);
  });
});

describe('an audit trail that is full', () => {
  const full = async () => {
    const world = await openGatedServices(await aWorld(), {
      grants: [aGrant('operator')],
      auditBytes: 4_096,
    });
    world.api.task = aTask({ id: 'a' });
    const cancel = (): Promise<unknown> => ask(world.client, world.own.api('cancel'), { id: 'a' });
    let answer = await cancel();
    while (!('error' in (answer as object))) answer = await cancel();
    world.api.calls.length = 0;
    return { ...world, cancel, answer };
  };

  it('refuses mutations, which are not carried out, and lets read and submit', async () => {
    const { api, answer, cancel, client, own } = await full();
    expect(answer).toMatchObject({ error: { code: 'AUDIT_UNAVAILABLE' } });
    expect(await cancel()).toMatchObject({ error: { code: 'AUDIT_UNAVAILABLE' } });
    expect(api.calls).toEqual([]);
    expect(await ask(client, own.api('get'), { id: 'a' })).toMatchObject({ id: 'a' });
    expect(await ask(client, own.submit('low'), { id: 'b', type: 't' })).toMatchObject({ id: 'b' });
  });

  it('still answers refusals, and has them when it has room again', async () => {
    const { nc, streams, subjects, audit, client, own, trail } = await full();
    for (let n = 0; n < 3; n++)
      expect(await ask(client, own.api('delete'), { id: 'a' })).toMatchObject({
        error: { code: 'FORBIDDEN' },
      });
    const before = (await entriesOf(trail)).length;

    await ensureAuditStream({ nc, streams, subjects, maxBytes: 65_536 });
    await audit.close();
    const entries = await entriesOf(trail);
    expect(entries.slice(before)).toMatchObject([{ operation: 'task.delete', code: 'FORBIDDEN', count: 3 }]);
  });
});

describe('an audit trail in a backup', () => {
  it('is restored as it is, and goes on behind its last message with a whole chain', async () => {
    const { nc, root, streams, subjects, trail, client, own } = await setup(aGrant('viewer'));
    for (const id of ['a', 'b']) await ask(client, own.api('delete'), { id });
    const before = await trail.read(0);
    const folder = mkdtempSync(path.join(tmpdir(), 'precedent-audit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await streamUpkeep({ nc, root, cell: 'main' }).save('audit', folder, new AbortController().signal);
    await (await jetstreamManager(nc)).streams.delete(streams.audit);
    await restoreStreams(nc, folder);
    await ensureAuditStream({ nc, subjects, streams, maxBytes: 65_536 });
    await ask(client, own.api('delete'), { id: 'c' });
    const after = await trail.read(0);
    expect(after.slice(0, 2)).toEqual(before);
    const check = new ChainCheck({ sha256: sha256Hex, isSigned: () => true });
    for (const message of after) check.add(message);
    expect(check.verdict(3)).toMatchObject({ messages: 3 });
    expect(check.verdict(3).broken).toBeUndefined();
  });
});

describe('an audit trail on a damaged disk', () => {
  it('names the message in which a bit was flipped while the server was stopped', async () => {
    const world = await openGatedServices(await aWorld(), { grants: [aGrant('operator')] });
    const { server, streams, trail, client, own, connect, subjects } = world;
    for (let n = 0; n < 5; n++) await ask(client, own.api('cancel'), { id: `task-${n}` });
    expect(verdictOn(await trail.read(0)).broken).toBeUndefined();
    await server.kill('SIGTERM');
    flipBit(path.join(server.folder, `store/jetstream/$G/streams/${streams.audit}/msgs/1.blk`), 'task-2');
    await server.restart();
    const after = natsAuditStore({ nc: await connect(), streams, subjects });
    expect(verdictOn(await after.read(0)).broken).toMatchObject({ seq: 5 });
  });
});

const verdictOn = (messages: readonly AuditMessage[]) => {
  const check = new ChainCheck({ sha256: sha256Hex, isSigned: () => true });
  for (const message of messages) check.add(message);
  return check.verdict();
};

/** Flips the lowest bit of the first byte of a text in a file. */
const flipBit = (file: string, text: string): void => {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
};
