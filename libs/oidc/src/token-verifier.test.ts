import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TokenIssuer } from '@precedent/ports';
import { tokenVerifier } from './token-verifier.ts';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
interface SigningKey extends KeyPair {
  readonly kid: string;
  readonly jwk: JWK;
}

const newKey = async (kid: string): Promise<SigningKey> => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return { ...pair, kid, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256' } };
};

let first: SigningKey;
let second: SigningKey;
beforeAll(async () => {
  [first, second] = await Promise.all([newKey('first'), newKey('second')]);
});

const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A provider that publishes keys, and a verifier that trusts it, on a clock of the test. */
const setup = async (more: Partial<TokenIssuer> = {}) => {
  const published: JWK[] = [first.jwk];
  const state = { now: NOW, reads: 0, isDown: false, issuer: '' };
  const server: Server = createServer((request, response) => {
    if (state.isDown) return response.writeHead(503).end();
    if (request.url === '/keys') state.reads += 1;
    const isConfiguration = request.url === '/.well-known/openid-configuration';
    const { issuer } = state;
    response.end(
      JSON.stringify(isConfiguration ? { issuer, jwks_uri: `${base}/keys` } : { keys: published }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.issuer = base;
  const trusted: TokenIssuer = {
    issuer: base,
    audience: 'precedent',
    algorithms: ['ES256'],
    kind: 'human',
    jwksUrl: '',
    ...more,
  };
  const verifier = tokenVerifier([trusted], () => state.now);
  const at = (offsetMs: number): number => Math.floor((state.now + offsetMs) / SECOND);
  const claims = (): JWTPayload => ({ iss: base, sub: 'ada', aud: 'precedent', exp: at(HOUR) });
  const token = (change: JWTPayload = {}, { key = first, header = {} } = {}): Promise<string> =>
    new SignJWT({ ...claims(), ...change })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header })
      .sign(key.privateKey);
  const check = async (made: Promise<string> | string) => await verifier.verify(await made);
  return { base, published, state, server, trusted, at, claims, token, check };
};

const refusal = (reason: string) => ({ refusal: reason });

describe('a token of a trusted issuer', () => {
  it('is the principal of issuer and subject, until a minute after its end', async () => {
    const { base, token, check, at } = await setup();
    expect(await check(token())).toEqual({ principal: `${base}#ada`, expiresAt: (at(HOUR) + 60) * SECOND });
  });

  it('may have other audiences too, and may be an access token', async () => {
    const { token, check } = await setup();
    expect(await check(token({ aud: ['other', 'precedent'] }))).toHaveProperty('principal');
    expect(await check(token({}, { header: { typ: 'at+jwt' } }))).toHaveProperty('principal');
  });

  it('is taken up to a minute after its end or before its begin, as clocks differ', async () => {
    const { token, check, at } = await setup();
    expect(await check(token({ exp: at(-59 * SECOND) }))).toHaveProperty('principal');
    expect(await check(token({ exp: at(-60 * SECOND) }))).toEqual(refusal('expired'));
    expect(await check(token({ nbf: at(60 * SECOND) }))).toHaveProperty('principal');
    expect(await check(token({ nbf: at(61 * SECOND) }))).toEqual(refusal('not yet valid'));
  });

  it.each<readonly [string, string, JWTPayload]>([
    ['another audience', 'wrong audience', { aud: 'other' }],
    ['no end', 'claims not valid', { exp: undefined as never }],
    ['no subject', 'malformed token', { sub: undefined as never }],
    ['another issuer', 'unknown issuer', { iss: 'https://login.example.org' }],
    ['a claim that looks like an answer of ours', 'expired', { exp: 1, refusal: 'x', principal: 'root' }],
  ])('with %s is refused: %s', async (_, reason, change) => {
    const { token, check } = await setup();
    expect(await check(token(change))).toEqual(refusal(reason));
  });

  it('is refused when it is for another purpose, such as a logout', async () => {
    const { token, check } = await setup();
    expect(await check(token({}, { header: { typ: 'logout+jwt' } }))).toEqual(refusal('claims not valid'));
  });

  it('is refused when somebody else signed it, or changed it', async () => {
    const { token, check } = await setup();
    const forged = token({}, { key: { ...second, kid: 'first' } });
    expect(await check(forged)).toEqual(refusal('wrong signature'));
    const [head, , signature] = (await token()).split('.');
    const [, body] = (await token({ sub: 'root' })).split('.');
    expect(await check(`${head}.${body}.${signature}`)).toEqual(refusal('wrong signature'));
  });

  it('is refused with an algorithm that is not allowed: none, and a public key as secret', async () => {
    const { check, claims } = await setup();
    const secret = new TextEncoder().encode(await exportSPKI(first.publicKey));
    const signed = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret);
    expect(await check(signed)).toEqual(refusal('algorithm not allowed'));
    expect(await check(new UnsecuredJWT(claims()).encode())).toEqual(refusal('algorithm not allowed'));
  });

  it.each(['', 'a.b', 'a.b.c', 'a.b.c.d', `${'a'.repeat(100_000)}.b.c`])('is not %j', async (text) => {
    const { check } = await setup();
    expect(await check(text)).toEqual(refusal('malformed token'));
  });
});

describe('the keys of an issuer', () => {
  it('are read once for many tokens, also for those that come at once', async () => {
    const { token, check, state } = await setup();
    await Promise.all([check(token()), check(token()), check(token())]);
    expect(await check(token())).toHaveProperty('principal');
    expect(state.reads).toBe(1);
  });

  it('are read again when a token names an unknown one, but not more often than every ten seconds', async () => {
    const { token, check, state, published } = await setup();
    await check(token());
    const rotated = token({}, { key: second });
    expect(await check(rotated)).toEqual(refusal('unknown signing key'));
    published.push(second.jwk);
    expect(await check(rotated)).toEqual(refusal('unknown signing key'));
    expect(state.reads).toBe(1);
    state.now += 10 * SECOND;
    expect(await check(rotated)).toHaveProperty('principal');
    expect(state.reads).toBe(2);
  });

  it('are read again after ten minutes, and one that was withdrawn does not count then', async () => {
    const { token, check, state, published } = await setup();
    await check(token());
    published.splice(0, 1, second.jwk);
    state.now += 10 * MINUTE;
    expect(await check(token())).toHaveProperty('principal');
    state.now += 1;
    expect(await check(token())).toEqual(refusal('unknown signing key'));
  });

  it('stay good for a day while the issuer cannot be reached', async () => {
    const { base, token, check, state } = await setup();
    await check(token());
    state.isDown = true;
    state.now += 24 * HOUR;
    expect(await check(token())).toHaveProperty('principal');
    const unknown = token({}, { key: second });
    const detail = `${base} cannot be reached: ${base}/.well-known/openid-configuration answers 503`;
    expect(await check(unknown)).toEqual({ refusal: 'issuer unreachable', detail });
    state.now += 1;
    expect(await check(token())).toEqual({ refusal: 'issuer unreachable', detail });
    state.isDown = false;
    state.now += 10 * SECOND;
    expect(await check(token())).toHaveProperty('principal');
  });

  it('are missing while an issuer was never reached, and the refusal says why', async () => {
    const { base, token, check, server } = await setup();
    server.close();
    await once(server, 'close');
    expect(await check(token())).toEqual({
      refusal: 'issuer unreachable',
      detail: `${base} cannot be reached: ${base}/.well-known/openid-configuration: ECONNREFUSED`,
    });
  });

  it('are not those of another issuer, which the address leads to', async () => {
    const { token, check, state } = await setup();
    state.issuer = 'https://login.example.org';
    expect(await check(token())).toMatchObject({
      refusal: 'issuer unreachable',
      detail: expect.stringContaining('is the configuration of "https://login.example.org"') as string,
    });
  });

  it('are at the address that is configured', async () => {
    const world = await setup();
    const { trusted, base, state, token } = world;
    const verifier = tokenVerifier([{ ...trusted, jwksUrl: `${base}/keys` }], () => state.now);
    state.issuer = 'unused';
    expect(await verifier.verify(await token())).toHaveProperty('principal');
  });
});
