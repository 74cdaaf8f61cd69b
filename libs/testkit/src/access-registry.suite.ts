import { addKey, expireKey, revokeKey } from '@precedent/access';
import type { AccessChange, TrustedIssuer } from '@precedent/access';
import type { AccessKey, Grant } from '@precedent/contract-types';
import type { AccessRegistry } from '@precedent/ports';
import { keyDigest, verifyKey } from '@precedent/ports';
import { describe, expect, it, vi } from 'vitest';
import { suiteWorlds } from './suite-worlds.ts';

/** Where the keys and grants of a suite are. */
export interface AccessWorld {
  /** Another call gives the registry of another process. */
  open(): Promise<AccessRegistry>;
  close(): Promise<void>;
}

/** What every `AccessRegistry` must do. `make` gives a world without keys and grants, in which some issuers are trusted. */
export const describeAccessRegistry = (
  name: string,
  make: (issuers: readonly TrustedIssuer[]) => Promise<AccessWorld>,
): void => {
  const setup = suiteWorlds<AccessRegistry, AccessWorld>(() => make(ISSUERS));
  describe(`${name} as an access registry`, () => {
    describePrincipals(setup);
    describeTokens(setup);
    describeRotation(setup);
    describeOtherProcesses(setup);
  });
};

type Setup = () => Promise<{ world: AccessWorld; one: AccessRegistry; other: AccessRegistry }>;

const ISSUERS: readonly TrustedIssuer[] = [{ issuer: 'https://login.example.org', kind: 'agent' }];

const aKey = (more: Partial<AccessKey> = {}): AccessKey => ({
  id: 'k1',
  principal: 'ann',
  kind: 'human',
  sha256: keyDigest('secret of k1'),
  createdAt: 1_000,
  ...more,
});

const aGrant = (more: Partial<Grant> = {}): Grant => ({
  id: 'g1',
  principal: 'ann',
  role: 'viewer',
  namespace: 'acme',
  project: '*',
  ...more,
});

const adding = (key: AccessKey) => (registry: AccessRegistry) =>
  registry.change((state) => addKey(state, key));
const granting = (grant: Grant) => (): AccessChange => ({ kind: 'grant', grant });

const describePrincipals = (setup: Setup): void => {
  it('knows no principal of an unknown credential', async () => {
    const { one } = await setup();
    expect(one.principalOf('k1', 0)).toBeUndefined();
    expect(one.keys()).toEqual([]);
    expect(one.grants()).toEqual([]);
  });

  it('gives the principal of a key with all its grants, and those of no other principal', async () => {
    const { one } = await setup();
    await adding(aKey({ expiresAt: 9_000 }))(one);
    await one.change(granting(aGrant()));
    await one.change(granting(aGrant({ id: 'g2', namespace: 'other' })));
    await one.change(granting(aGrant({ id: 'g3', principal: 'bob' })));
    expect(one.principalOf('k1', 2_000)).toEqual({
      name: 'ann',
      kind: 'human',
      credential: 'k1',
      expiresAt: 9_000,
      grants: [aGrant(), aGrant({ id: 'g2', namespace: 'other' })],
    });
  });

  it('gives the same object until the access of the principal changes', async () => {
    const { one } = await setup();
    await adding(aKey())(one);
    const before = one.principalOf('k1', 2_000);
    await one.change(granting(aGrant({ principal: 'bob' })));
    expect(one.principalOf('k1', 2_000)).toBe(before);
    await one.change(granting(aGrant({ id: 'g2' })));
    expect(one.principalOf('k1', 2_000)?.grants).toHaveLength(1);
  });

  it('replaces a grant of the same id, and removes one', async () => {
    const { one } = await setup();
    await adding(aKey())(one);
    await one.change(granting(aGrant()));
    await one.change(granting(aGrant({ role: 'operator' })));
    expect(one.principalOf('k1', 2_000)?.grants).toEqual([aGrant({ role: 'operator' })]);
    await one.change(() => ({ kind: 'grant.removed', id: 'g1' }));
    expect(one.principalOf('k1', 2_000)?.grants).toEqual([]);
    expect(one.grantOf('g1')).toBeUndefined();
  });

  it('ends a credential at its time and when it is revoked, and says why to whom asks for the key', async () => {
    const { one } = await setup();
    await adding(aKey({ expiresAt: 3_000 }))(one);
    const key = { id: 'k1', secret: 'secret of k1' };
    expect(verifyKey(one, key, 2_999)).toMatchObject({ key: { id: 'k1' } });
    expect(verifyKey(one, { ...key, secret: 'another' }, 2_999)).toEqual({ refusal: 'wrong secret' });
    expect(verifyKey(one, { ...key, id: 'k2' }, 2_999)).toEqual({ refusal: 'unknown' });
    expect(verifyKey(one, key, 3_000)).toEqual({ refusal: 'expired' });
    expect(one.principalOf('k1', 3_000)).toBeUndefined();
    await one.change((state) => revokeKey(state, 'k1', 2_000));
    expect(verifyKey(one, key, 2_999)).toEqual({ refusal: 'revoked' });
    expect(one.principalOf('k1', 2_999)).toBeUndefined();
  });
};

const describeTokens = (setup: Setup): void => {
  const ADA = 'https://login.example.org#ada';

  it('knows the credential of tokens by the name of a principal of a trusted issuer', async () => {
    const { one } = await setup();
    expect(one.tokenCredentialOf(ADA)).toMatch(/^oidc-[A-Za-z0-9_-]{22}$/);
    expect(one.tokenCredentialOf('https://login.example.org#bob')).not.toBe(one.tokenCredentialOf(ADA));
    for (const other of ['ann', 'https://other.example.org#ada', 'https://login.example.org/#ada'])
      expect(one.tokenCredentialOf(other)).toBeUndefined();
  });

  it('gives the principal of tokens in every process, as long as a grant of it lasts', async () => {
    const { one, other } = await setup();
    const credential = one.tokenCredentialOf(ADA) ?? '';
    expect(one.principalOf(credential, 2_000)).toBeUndefined();
    const grant = aGrant({ principal: ADA, expiresAt: 3_000 });
    await one.change(granting(grant));
    await vi.waitFor(() =>
      expect(other.principalOf(credential, 2_999)).toEqual({
        name: ADA,
        kind: 'agent',
        credential,
        grants: [grant],
      }),
    );
    expect(other.principalOf(credential, 2_000)).toBe(other.principalOf(credential, 2_000));
    expect(other.principalOf(credential, 3_000)).toBeUndefined();
    await one.change(() => ({ kind: 'grant.removed', id: grant.id }));
    expect(one.principalOf(credential, 2_000)).toBeUndefined();
  });
};

const describeRotation = (setup: Setup): void => {
  it('lets a principal have two valid keys during a rotation, and no third', async () => {
    const { one } = await setup();
    await adding(aKey())(one);
    await adding(aKey({ id: 'k2', replaces: 'k1' }))(one);
    const third = adding(aKey({ id: 'k3', createdAt: 2_000 }));
    await expect(third(one)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'ann has 2 valid keys already: revoke k1 or k2 first',
    });
    await one.change((state) => expireKey(state, 'k1', { at: 1_500, now: 1_000 }));
    await third(one);
    expect(one.keys().map(({ id }) => id)).toEqual(['k1', 'k2', 'k3']);
  });

  it('never adds a third valid key, also when two processes add one at once', async () => {
    const { one, other } = await setup();
    await adding(aKey())(one);
    const more = Array.from({ length: 10 }, (_, n) => aKey({ id: `more-${n}` }));
    const added = await Promise.allSettled(more.map((key, n) => adding(key)(n % 2 === 0 ? one : other)));
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const registry of [one, other]) await vi.waitFor(() => expect(registry.keys()).toHaveLength(2));
  });

  it.each([
    [{ id: 'k1' }, 'there is a key k1 already'],
    [{ id: 'k2', kind: 'agent' }, 'ann is of kind human, so its keys are too'],
    [{ id: 'k2', principal: 'bob', replaces: 'k1' }, 'bob has no key k1 that could be replaced'],
  ] as const)('refuses the key %j', async (more, message) => {
    const { one } = await setup();
    await adding(aKey())(one);
    await expect(adding(aKey(more))(one)).rejects.toMatchObject({ code: 'INVALID_REQUEST', message });
  });

  it('refuses to revoke or expire a key that is not there', async () => {
    const { one } = await setup();
    await expect(one.change((state) => revokeKey(state, 'k9', 0))).rejects.toMatchObject({
      code: 'ACCESS_NOT_FOUND',
      message: 'there is no key k9',
    });
    await adding(aKey({ expiresAt: 2_000 }))(one);
    const late = one.change((state) => expireKey(state, 'k1', { at: 5_000, now: 3_000 }));
    await expect(late).rejects.toMatchObject({ message: 'the key k1 is expired' });
  });
};

const describeOtherProcesses = (setup: Setup): void => {
  it('reports a change to every process, with the name of the principal', async () => {
    const { one, other } = await setup();
    const heard: string[] = [];
    const stop = other.onChange((principal) => heard.push(principal));
    await adding(aKey())(one);
    await one.change(granting(aGrant({ principal: 'bob' })));
    await vi.waitFor(() => expect(heard).toEqual(['ann', 'bob']));
    stop();
    await one.change((state) => revokeKey(state, 'k1', 2_000));
    await vi.waitFor(() => expect(other.principalOf('k1', 2_000)).toBeUndefined());
    expect(heard).toEqual(['ann', 'bob']);
  });

  it('gives a signer to every process, also one that was removed, and gives no other principal access by it', async () => {
    const { world, one, other } = await setup();
    const signer = { id: 'A'.repeat(43), principal: 'ann', createdAt: 1 };
    const heard: string[] = [];
    other.onChange((principal) => heard.push(principal));
    await one.change(() => ({ kind: 'signer', signer }));
    const removed = { ...signer, removedAt: 2 };
    await one.change((state) => {
      expect(state.signerOf(signer.id)).toEqual(signer);
      return { kind: 'signer', signer: removed };
    });
    await vi.waitFor(() => expect(other.signerOf(signer.id)).toEqual(removed));
    expect((await world.open()).signers()).toEqual([removed]);
    expect(heard).toEqual([]);
  });

  it('gives a process that opens later all that is there', async () => {
    const { world, one } = await setup();
    await adding(aKey())(one);
    await one.change(granting(aGrant()));
    const late = await world.open();
    expect(late.principalOf('k1', 2_000)?.grants).toEqual([aGrant()]);
  });
};
