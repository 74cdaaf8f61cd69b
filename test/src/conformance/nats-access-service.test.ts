import { readAuditText } from '@precedent/access';
import type {
  AuditEntry,
  Grant,
  GrantsReply,
  KeysReply,
  NewKeyView,
  Signer,
  SignersReply,
} from '@precedent/contract-types';
import { callerSubjectsOf } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import { natsAccessRegistry, openAccessService } from '@precedent/nats';
import { keyDigest } from '@precedent/ports';
import type { AuditTrail } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { NOW, aGrant, openGatedServices } from './gated-services.ts';
import { ask, natsWorlds } from './nats-world.ts';

const aWorld = natsWorlds();

type Answer<T> = T & { readonly error?: Problem };

/** The services of a cell, with the key `k1` of ann, who has these grants. */
const setup = async (...grants: readonly Grant[]) => {
  const world = await openGatedServices(await aWorld(), { grants });
  const { client, own, root, gate, registry, nc } = world;
  await openAccessService({ nc, gate, registry, version: '1.0.0' });
  await nc.flush();
  const call = async <T extends object>(
    verb: Parameters<typeof own.access>[0],
    body: object = {},
    subjects = own,
  ): Promise<Answer<T>> => (await ask(client, subjects.access(verb), body)) as Answer<T>;
  const inNamespace = (namespace: string) => callerSubjectsOf(root, { namespace, credential: 'k1' });
  return { ...world, call, inNamespace };
};

const entriesOf = async (trail: AuditTrail): Promise<readonly AuditEntry[]> =>
  (await trail.read(0)).flatMap(({ text }) => readAuditText(text)?.entries ?? []);

const ofCell = aGrant('admin', { namespace: '*' });
const ofAcme = aGrant('admin', { highestBand: 'high' });

describe('keys as operations', () => {
  it('gives a new key once, and records who made it for whom, without the secret', async () => {
    const { call, trail, registry } = await setup(ofCell);
    const made = await call<NewKeyView>('createKey', { principal: 'ci', expiresAt: NOW + 1_000 });
    const [, id = '', secret = ''] = made.key.split('_');
    expect(made).toEqual({
      key: made.key,
      id,
      principal: 'ci',
      kind: 'service',
      state: 'valid',
      createdAt: NOW,
      expiresAt: NOW + 1_000,
    });
    const stored = registry.keyOf(id);
    expect(stored?.sha256).toBe(keyDigest(secret.slice(0, 43)));
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'access.createKey', decision: 'allowed', principal: 'ann', targets: [id, 'ci'] },
    ]);
    const listed = await call<KeysReply>('keys');
    for (const text of [JSON.stringify(await trail.read(0)), JSON.stringify(listed)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(stored?.sha256);
    }
  });

  it('rotates and revokes a key, with an entry for each', async () => {
    const { call, trail, registry } = await setup(ofCell);
    const first = await call<NewKeyView>('createKey', { principal: 'ci' });
    const second = await call<NewKeyView>('rotateKey', { id: first.id, overlapMs: 500 });
    expect(second).toMatchObject({ principal: 'ci', replaces: first.id });
    expect(registry.keyOf(first.id)?.expiresAt).toBe(NOW + 500);
    expect(await call('revokeKey', { id: first.id })).toMatchObject({ state: 'revoked', revokedAt: NOW });
    const targets = (await entriesOf(trail)).map((entry) => 'targets' in entry && entry.targets);
    expect(targets.slice(1)).toEqual([
      [second.id, 'ci', first.id],
      [first.id, 'ci'],
    ]);
  });

  it('gives keys a page at a time', async () => {
    const { call } = await setup(ofCell);
    const ids: string[] = ['k1'];
    for (const principal of ['a', 'b', 'c'])
      ids.push((await call<NewKeyView>('createKey', { principal })).id);
    const sorted = ids.toSorted((a, b) => (a < b ? -1 : 1));
    const first = await call<KeysReply>('keys', { limit: 3 });
    expect([first.keys.map(({ id }) => id), first.cursor]).toEqual([sorted.slice(0, 3), sorted[2]]);
    const next = await call<KeysReply>('keys', { limit: 3, cursor: first.cursor });
    expect([next.keys.map(({ id }) => id), next.cursor]).toEqual([sorted.slice(3), undefined]);
    expect((await call<KeysReply>('keys', { principal: 'b' })).keys).toHaveLength(1);
  });

  it('knows at once what another program has stored', async () => {
    const { call, nc, subjects, streams, revoke } = await setup(ofCell);
    const other = await natsAccessRegistry({ nc, subjects, streams });
    const sha256 = keyDigest('s');
    const key = { id: 'k7', principal: 'ci', kind: 'service', sha256, createdAt: 1 } as const;
    await other.change(() => ({ kind: 'key', key }));
    expect(await call('revokeKey', { id: 'k7' })).toMatchObject({ id: 'k7', state: 'revoked' });
    await revoke();
    expect(await call('keys')).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
  });
});

describe('signers as operations', () => {
  const [first, second] = ['A'.repeat(43), `B${'A'.repeat(42)}`];

  it('adds, lists and removes, with an entry for each, and keeps what was removed', async () => {
    const { call, trail, registry } = await setup(ofCell);
    const signer = { id: first, principal: 'ci', createdAt: NOW };
    expect(await call('addSigner', { principal: 'ci', publicKey: first })).toEqual(signer);
    expect(registry.signerOf(first)).toEqual(signer);
    expect(await call<SignersReply>('signers')).toEqual({ signers: [signer] });
    const removed = { ...signer, removedAt: NOW };
    expect(await call<Signer>('removeSigner', { id: first })).toEqual(removed);
    expect(await call<SignersReply>('signers', { principal: 'ci' })).toMatchObject({ signers: [removed] });
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'access.addSigner', decision: 'allowed', principal: 'ann', targets: [first, 'ci'] },
      { operation: 'access.removeSigner', decision: 'allowed', principal: 'ann', targets: [first, 'ci'] },
    ]);
    for (const publicKey of [first, 'x'])
      expect(await call('addSigner', { principal: 'ci', publicKey })).toMatchObject({
        error: { code: 'INVALID_REQUEST' },
      });
  });

  it('lets an admin of a namespace reach those of its principals only', async () => {
    const { call, registry, inNamespace } = await setup(ofAcme);
    await registry.change(() => ({
      kind: 'signer',
      signer: { id: first, principal: 'beta--ci', createdAt: 1 },
    }));
    const own = { principal: 'acme--ci', publicKey: second };
    expect(await call('addSigner', own, inNamespace('acme'))).toMatchObject({ id: second });
    expect(await call('addSigner', { principal: 'ci', publicKey: first })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect((await call<SignersReply>('signers')).signers.map(({ id }) => id)).toEqual([second]);
    expect(await call('removeSigner', { id: first })).toMatchObject({ error: { code: 'ACCESS_NOT_FOUND' } });
  });
});

describe('grants as operations', () => {
  it('records what was given and what was taken away', async () => {
    const { call, trail, registry } = await setup(ofCell);
    const spec = { principal: 'bob', role: 'operator', namespace: 'acme', project: '*', types: ['http'] };
    const grant = await call<Grant>('addGrant', { grant: spec });
    expect(grant).toEqual({ id: grant.id, ...spec });
    expect(registry.grantOf(grant.id)).toEqual(grant);
    expect(await call('removeGrant', { id: grant.id })).toEqual(grant);
    expect(registry.grantOf(grant.id)).toBeUndefined();
    const common = {
      decision: 'allowed',
      credential: 'k1',
      principal: 'ann',
      targets: [grant.id, 'bob'],
      grant,
    };
    expect(await entriesOf(trail)).toMatchObject([
      { ...common, operation: 'access.addGrant' },
      { ...common, operation: 'access.removeGrant' },
    ]);
  });

  it('says what is wrong with a grant, and changes and records nothing', async () => {
    const { call, trail } = await setup(ofCell);
    const grant = { principal: 'bob', role: 'operator', namespace: 'acme', project: '*', criticalPerHour: 0 };
    expect(await call('addGrant', { grant })).toMatchObject({
      error: { code: 'INVALID_REQUEST', issues: [{ field: 'criticalPerHour' }] },
    });
    expect(await entriesOf(trail)).toEqual([]);
  });

  it('lets an admin of a namespace change its own grants, and gives it no more than it holds', async () => {
    const { call, trail, inNamespace } = await setup(ofAcme);
    const spec = { principal: 'bob', role: 'operator', namespace: 'acme', project: '*', highestBand: 'high' };
    const own = await call<Grant>('addGrant', { grant: spec });
    expect((await call<GrantsReply>('grants')).grants.map(({ id }) => id).toSorted()).toEqual(
      ['admin-g', own.id].toSorted(),
    );
    for (const more of [{ highestBand: 'critical' }, { namespace: '*' }, { namespace: 'beta' }])
      expect(await call('addGrant', { grant: { ...spec, ...more } })).toMatchObject({
        error: { code: 'FORBIDDEN' },
      });
    expect(await call('addGrant', { grant: spec }, inNamespace('beta'))).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    const refused = (await entriesOf(trail)).slice(1);
    expect(refused).toMatchObject(
      Array.from({ length: 4 }, () => ({ decision: 'refused', code: 'FORBIDDEN', targets: ['bob'] })),
    );
  });

  it('is refused to others, and recorded', async () => {
    const { call, trail } = await setup(aGrant('operator'));
    expect(await call('keys')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await call('removeGrant', { id: 'operator-g' })).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'access.keys', decision: 'refused' },
      { operation: 'access.removeGrant', decision: 'refused', targets: ['operator-g'] },
    ]);
  });

  it('records the keys of others that an admin of a namespace tries', async () => {
    const { call, trail } = await setup(ofAcme);
    expect(await call('revokeKey', { id: 'k1' })).toMatchObject({ error: { code: 'ACCESS_NOT_FOUND' } });
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'access.revokeKey', code: 'ACCESS_NOT_FOUND', targets: ['k1'] },
    ]);
  });
});

describe('operations on a subject without a caller', () => {
  it('are recorded as those of our own programs', async () => {
    const { client, subjects, trail } = await setup();
    const made = (await ask(client, subjects.access('createKey'), { principal: 'first' })) as NewKeyView;
    expect(await entriesOf(trail)).toMatchObject([
      { operation: 'access.createKey', credential: 'precedent-internal', targets: [made.id, 'first'] },
    ]);
  });
});

describe('a full audit trail', () => {
  it('lets no key be made and no grant be given', async () => {
    const { call, trail, registry } = await setup(ofCell);
    const append = trail.append.bind(trail);
    trail.append = () => Promise.reject(new Error('full'));
    const before = registry.keys().length;
    expect(await call('createKey', { principal: 'ci' })).toHaveProperty('error');
    expect(registry.keys()).toHaveLength(before);
    trail.append = append;
  });
});

describe('the audit trail as an operation', () => {
  it('gives an admin of the cell the messages as they are stored, and no other caller', async () => {
    const { call, trail } = await setup(ofCell);
    await call('createKey', { principal: 'ci' });
    await call('createKey', { principal: 'cd' });
    const stored = await trail.read(0);
    expect(await call('audit')).toEqual({ messages: stored, lastSeq: 2 });
    expect(await call('audit', { after: 1 })).toEqual({ messages: stored.slice(1), lastSeq: 2 });
    expect(await call('audit', { after: 2 })).toEqual({ messages: [], lastSeq: 2 });
    const other = await setup(aGrant('admin'));
    expect(await other.call('audit')).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });
});
