import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '@precedent/client';
import { credentialOf } from '@precedent/contracts';
import { sha256 } from '@precedent/ports';
import type { TokenIssuer } from '@precedent/ports';
import { UnsecuredJWT } from 'jose';
import type { JWTPayload } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../conformance/nats-world.ts';
import { CLIENT_ID, newSigningKey, startProvider, tokenWith } from './provider.ts';
import { accessWorld } from './world.ts';

const REFUSED = /Authorization Violation/;

const trusting = ({ issuer }: { readonly issuer: string }): TokenIssuer => ({
  issuer,
  audience: CLIENT_ID,
  algorithms: ['ES256'],
  kind: 'human',
  jwksUrl: '',
});

/** A server that trusts a provider, and a principal of it with a grant. */
const setup = async () => {
  const provider = await startProvider();
  const world = await accessWorld({ issuers: [trusting(provider)] });
  const ada = `${provider.issuer}#ada`;
  await world.grant(ada);
  const dial = async (token: string) =>
    world.connectAs({ text: token, id: (await credentialOf(token, sha256)) ?? '' });
  const refusalOf = async (token: string) => {
    await expect(dial(token)).rejects.toThrow(REFUSED);
    return world.refused.at(-1)?.reason;
  };
  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;
  return { ...world, provider, ada, dialWith: dial, refusalOf, inSeconds };
};

describe('a connection with a token of an OpenID provider', () => {
  it('is made in the name of its principal, with the rights of its grants, and next to those with keys', async () => {
    const { provider, dialWith, registry, root, refused, key, connectAs, ada } = await setup();
    const token = await provider.token('ada');
    const credential = (await credentialOf(token, sha256)) ?? '';
    expect(registry.principalOf(credential, Date.now())).toMatchObject({
      name: ada,
      kind: 'human',
      credential,
    });
    const client = await dialWith(token);
    client.subscribe(`${root}.events.acme.*.*.*`, { callback: () => undefined });
    await client.flush();
    await connectAs(await key(ada));
    const sdk = await connect({ servers: client.getServer(), token, namespace: 'acme' });
    onTestFinished(() => sdk.close());
    expect(sdk.subjects.api('get')).toBe(`${root}.ns.acme.task.get.${credential}`);
    expect(refused).toEqual([]);
  });

  it('is refused without a grant, and the refusal names the principal', async () => {
    const { provider, refusalOf, refused } = await setup();
    expect(await refusalOf(await provider.token('bob'))).toBe('no grant');
    expect(refused[0]?.detail).toBe(`${provider.issuer}#bob`);
  });

  it('is refused with a grant that has ended', async () => {
    const { provider, refusalOf, grant } = await setup();
    await grant(`${provider.issuer}#bob`, { expiresAt: 1_000 });
    expect(await refusalOf(await provider.token('bob'))).toBe('no grant');
  });

  it('is refused with another token of the provider than one for us', async () => {
    const { provider, refusalOf, inSeconds } = await setup();
    const refusal = async (change: JWTPayload) => await refusalOf(await provider.token('ada', change));
    expect(await refusal({ exp: inSeconds(-61) })).toBe('expired');
    expect(await refusal({ nbf: inSeconds(90) })).toBe('not yet valid');
    expect(await refusal({ aud: 'another client' })).toBe('wrong audience');
  });

  it('is refused with a token of another provider, or of none, and nothing of it is reported', async () => {
    const { provider, refusalOf, refused } = await setup();
    const other = await startProvider();
    expect(await refusalOf(await other.token('ada'))).toBe('unknown issuer');
    const forger = await newSigningKey('first');
    const forged = await provider.token('ada', {}, forger);
    expect(await refusalOf(forged)).toBe('wrong signature');
    const unsecured = new UnsecuredJWT({ iss: provider.issuer, sub: 'ada', aud: CLIENT_ID }).encode();
    expect(await refusalOf(unsecured)).toBe('algorithm not allowed');
    expect(await refusalOf('a.b.c')).toBe('malformed token');
    expect(JSON.stringify(refused)).not.toContain(forged.split('.')[2]);
  });

  it('is refused under the credential of another principal', async () => {
    const { provider, dial, grant, root } = await setup();
    await grant(`${provider.issuer}#eve`);
    const adas = (await credentialOf(await provider.token('ada'), sha256)) ?? '';
    const client = await dial({ token: await provider.token('eve'), inboxPrefix: `_INBOX_${adas}` });
    await expect(client.request(`${root}.ns.acme.task.get.${adas}`, '{}')).rejects.toThrow(/[Pp]ermissions/);
  });

  it('may be with a long token, as one with many groups is', async () => {
    const { provider, dialWith } = await setup();
    await dialWith(
      await provider.token('ada', { groups: Array.from({ length: 500 }, (_, n) => `group-${n}-of-many`) }),
    );
  });

  it('ends when the token ends', async () => {
    const { provider, dialWith, inSeconds } = await setup();
    const client = await dialWith(await provider.token('ada', { exp: inSeconds(-57) }));
    await client.closed();
  });

  it('is made again with the next token, where a function gives it', async () => {
    const { provider, server, inSeconds, refused } = await setup();
    const tokens = [await provider.token('ada', { exp: inSeconds(-57) }), await provider.token('ada')];
    let given = 0;
    const client = await connect({
      servers: server.url,
      namespace: 'acme',
      // The first is read once to derive the credential.
      token: () => tokens[Math.min(Math.floor(given++ / 2), 1)] ?? '',
    });
    onTestFinished(() => client.close());
    for await (const { type } of client.link.status()) if (type === 'reconnect') break;
    await client.link.flush();
    expect(refused).toEqual([]);
  });

  it('ends when the last grant of its principal is removed, and is not made again', async () => {
    const { provider, dialWith, registry, refusalOf, ended, ada } = await setup();
    const token = await provider.token('ada');
    const client = await dialWith(token);
    const [grant] = registry.grants();
    await registry.change(() => ({ kind: 'grant.removed', id: grant?.id ?? '' }));
    await client.closed();
    await until(() => ended.length > 0);
    expect(ended).toEqual([[ada, 1]]);
    expect(await refusalOf(token)).toBe('no grant');
  });
});

describe('a provider', () => {
  it('may sign with other keys from some time on', async () => {
    const { provider, dialWith, refusalOf, setClock } = await setup();
    const before = await provider.token('ada');
    await dialWith(before);
    await provider.rotate();
    setClock(Date.now() + 15_000);
    await dialWith(await provider.token('ada'));
    expect(await refusalOf(before)).toBe('unknown signing key');
  });

  it('may be unreachable: tokens with keys that are known count, and others are refused with that reason', async () => {
    const { provider, dialWith, refusalOf, refused, setClock } = await setup();
    await dialWith(await provider.token('ada'));
    await provider.stop();
    setClock(Date.now() + 3_000_000);
    await dialWith(await provider.token('ada'));
    const token = await provider.token('ada', {}, await newSigningKey('second'));
    expect(await refusalOf(token)).toBe('issuer unreachable');
    expect(refused.at(-1)?.detail).toContain(`${provider.issuer} cannot be reached: `);
  });

  it('does not keep keys waiting while it does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const issuer = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { grant, key, connectAs, dial } = await accessWorld({ issuers: [trusting({ issuer })] });
    await grant('ann');
    const requested = once(silent, 'request');
    const token = await tokenWith(await newSigningKey('first'), { iss: issuer, sub: 'ada' });
    const refused = expect(dial({ token })).rejects.toThrow(REFUSED);
    await requested;
    await connectAs(await key('ann'));
    silent.closeAllConnections();
    await refused;
  });
});
