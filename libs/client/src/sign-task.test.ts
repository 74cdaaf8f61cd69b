import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { signedText, specText } from '@precedent/contract-types';
import type { TaskSpec } from '@precedent/contracts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect } from './node.ts';
import { signTask, taskSigner } from './sign-task.ts';
import type { SigningKey } from './sign-task.ts';
import type { TestServer } from './testing/nats-server.ts';
import { startServer } from './testing/nats-server.ts';
import { scriptedEngine } from './testing/scripted-engine.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

const aPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const signed = async (key: SigningKey, spec: TaskSpec) => {
  const signer = await taskSigner(key);
  return signTask(spec, { signer, namespace: 'acme', newId: () => 'new-id', sha256 });
};

/** As everybody can who has the task. */
const isSigned = ({ signature, id = '', ...task }: TaskSpec): boolean => {
  const { namespace = '', project = '', type = '', band = 'low', labels = {}, security, payload } = task;
  const text = specText({ namespace, project, type, band, labels, security }, { payload } as never);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: signature?.key ?? '' },
    format: 'jwk',
  });
  const value = Buffer.from(signature?.value ?? '', 'base64url');
  return verify(null, Buffer.from(signedText(id, sha256(text))), key, value);
};

describe('a signed task', () => {
  it('says itself what a cell would fill in, so that the signature is of the task as it is stored', async () => {
    const task = await signed(aPem(), { type: 'pay', payload: { b: 1, a: [2] }, origin: 'interactive' });
    expect(task).toMatchObject({
      id: 'new-id',
      namespace: 'acme',
      project: 'default',
      type: 'pay',
      band: 'critical',
    });
    expect(isSigned(task)).toBe(true);
    expect(isSigned({ ...task, payload: { a: [2], b: 1 } })).toBe(true);
    for (const more of [{ payload: { b: 2 } }, { id: 'x' }, { project: 'x' }, { security: 'x' }] as const)
      expect(isSigned({ ...task, ...more })).toBe(false);
  });

  it('is signed as it is sent: a date is a text, and what is undefined is not there', async () => {
    const payload = { at: new Date(0), none: undefined };
    const task = await signed(aPem(), { type: 'pay', payload });
    expect(task.payload).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(isSigned(task)).toBe(true);
  });

  it('keeps a signature that it has', async () => {
    const task = await signed(aPem(), { type: 'pay' });
    expect(await signed(aPem(), task)).toBe(task);
  });

  it.each(['extractable', 'not extractable'])('is signed with keys of WebCrypto, %s', async (kind) => {
    const isExtractable = kind === 'extractable';
    const pair = await crypto.subtle.generateKey('Ed25519', isExtractable, ['sign', 'verify']);
    if (!('privateKey' in pair)) throw new Error('no pair');
    expect(isSigned(await signed(pair, { type: 'pay' }))).toBe(true);
    if (isExtractable) expect(isSigned(await signed(pair.privateKey, { type: 'pay' }))).toBe(true);
    else await expect(taskSigner(pair.privateKey)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it.each([
    'no key',
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  ])('cannot be made with what is no private key of Ed25519', async (pem) => {
    await expect(taskSigner(pem)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('a client with a signing key', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer('');
  });
  afterAll(() => server.stop());

  it('signs each task, alone and among many, and sends none that it cannot sign', async () => {
    const engine = await scriptedEngine(server.url);
    const client = await connect({ servers: server.url, root: engine.root, signingKey: aPem() });
    onTestFinished(async () => {
      await client.close();
      await engine.close();
    });
    const sent: TaskSpec[] = [];
    await engine.submit((body) => {
      const tasks = [body].flat() as TaskSpec[];
      sent.push(...tasks);
      const replies = tasks.map(({ id }) => ({ id, seq: 1 }));
      return Array.isArray(body) ? replies : (replies[0] ?? {});
    });
    await client.submit({ type: 'one' });
    await expect(client.submit(null as never)).rejects.toMatchObject({ code: 'INVALID_TASK' });
    const bad = { id: 'bad', type: 'many', payload: () => 1 } as unknown as TaskSpec;
    const outcomes = await client.submitMany([{ type: 'many' }, bad, { type: 'many' }]);
    expect(outcomes).toMatchObject([{ seq: 1 }, { id: 'bad', error: { code: 'INVALID_TASK' } }, { seq: 1 }]);
    expect(sent.map((task) => [task.type, isSigned(task)])).toEqual([
      ['one', true],
      ['many', true],
      ['many', true],
    ]);
  });
});
