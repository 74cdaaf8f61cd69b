import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { compile, scopeOf } from '@precedent/access';
import { signedText, specText } from '@precedent/contract-types';
import type { Grant, Signer, SubmitReply } from '@precedent/contract-types';
import { verifyJournal } from '@precedent/engine';
import type { Submission } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { CopiedLog } from './copied-log.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

const aKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const id = publicKey.export({ format: 'jwk' }).x ?? '';
  return { id, sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url') };
};

type Key = ReturnType<typeof aKey>;

/** A task of acme that says all that is signed, with its signature. */
const signedTask = (key: Key, id: string, more: Partial<Submission> = {}) => {
  const frame = { namespace: 'acme', project: 'web', type: 'pay', band: 'normal' } as const;
  const body = { payload: { amount: 5 } };
  const value = key.sign(signedText(id, sha256(specText(frame, body as never))));
  return aTask({ ...frame, ...body, id, signature: { key: key.id, value }, ...more });
};

/** A world in which ann submits to acme, and signs with a key. */
const setup = async () => {
  const w = await world();
  const key = aKey();
  const ofAnn: Signer = { id: key.id, principal: 'ann', createdAt: 0 };
  w.signers.set(key.id, ofAnn);
  const submitAs = async (name: string, task: Submission): Promise<SubmitReply | undefined> => {
    const grant: Grant = { id: 'g', principal: name, role: 'operator', namespace: 'acme', project: '*' };
    const principal = compile({ name, kind: 'human', credential: `key-${name}`, grants: [grant] });
    const scope = scopeOf(principal, 'read', 'acme', w.now) ?? {
      namespace: 'acme',
      projects: [],
      clearances: [],
    };
    const [reply] = await w.ask<readonly SubmitReply[]>((api, answer) =>
      api.forCaller({ principal, scope }).tasks.submit([{ task }], answer),
    );
    return reply;
  };
  return { w, key, ofAnn, submitAs };
};

const verify = (w: World) =>
  verifyJournal(
    { journal: new CopiedLog(w.journal), snapshots: new CopiedLog(w.snapshots), declaredVoid: new Set() },
    { readState: () => Promise.resolve(undefined), signerOf: (id) => w.signers.get(id) },
  );

/** Changes the journal as an attacker does who computes its chain again. */
const forge = (w: World, change: (text: string) => string): void => {
  let prev = '';
  for (const { seq, text } of w.journal.entries) {
    const body = change(text)
      .replace(/,"prev":"[^"]*"/, `,"prev":"${prev}"`)
      .replace(/,"sum":"[^"]*"}$/, '');
    prev = sha256(body);
    w.journal.damage(seq, `${body},"sum":"${prev}"}`);
  }
};

describe('the signature of a submitter', () => {
  it('is kept with the task, which says with which key it is signed, also after a restart', async () => {
    const { w, key, submitAs } = await setup();
    const task = signedTask(key, 'acme--1');
    expect(await submitAs('ann', task)).toMatchObject({ id: 'acme--1' });
    const record = w.records().find(({ kind }) => kind === 'submitted');
    expect(record).toMatchObject({ signature: task.signature?.value, class: { by: { signer: key.id } } });
    w.crash();
    await w.restart();
    expect(await w.get('acme--1')).toMatchObject({ submittedBy: 'ann', signedBy: key.id });
  });

  it('costs an unsigned task of the same submitter no byte', async () => {
    const { w, submitAs } = await setup();
    await submitAs('ann', aTask({ id: 'acme--1', namespace: 'acme' }));
    expect(w.journal.entries.map(({ text }) => text).join()).not.toMatch(/sign/);
    expect(await w.get('acme--1')).not.toHaveProperty('signedBy');
  });

  it.each<[string, string, (key: Key) => Submission]>([
    ['text_differs', 'ann', (key) => signedTask(key, 'acme--1', { payload: { amount: 500 } })],
    ['text_differs', 'ann', (key) => signedTask(key, 'acme--1', { id: 'acme--2' })],
    ['text_differs', 'ann', (key) => signedTask(key, 'acme--1', { band: 'high' })],
    ['no_id', 'ann', (key) => signedTask(key, 'acme--1', { id: undefined })],
    ['unknown_key', 'ann', () => signedTask(aKey(), 'acme--1')],
    ['unknown_key', 'bob', (key) => signedTask(key, 'acme--1')],
  ])('is refused with the reason %s, by %s', async (reason, name, taskOf) => {
    const { w, key, submitAs } = await setup();
    expect(await submitAs(name, taskOf(key))).toMatchObject({
      error: { code: 'SIGNATURE_INVALID', details: { reason } },
    });
    expect(await w.list()).toEqual({ ids: [], truncated: false });
  });

  it('is refused where there are no principals', async () => {
    const { w, key } = await setup();
    expect(await w.trySubmit(signedTask(key, 'acme--1'))).toMatchObject({
      error: { code: 'SIGNATURE_INVALID', details: { reason: 'no_principal' } },
    });
  });

  it('is refused with a key that was removed, but the task that it signed before is still the same', async () => {
    const { w, key, ofAnn, submitAs } = await setup();
    const task = signedTask(key, 'acme--1');
    await submitAs('ann', task);
    w.signers.set(key.id, { ...ofAnn, removedAt: w.now });
    expect(await submitAs('ann', task)).toMatchObject({ id: 'acme--1', duplicate: true });
    expect(await submitAs('ann', signedTask(key, 'acme--2'))).toMatchObject({
      error: { code: 'SIGNATURE_INVALID', details: { reason: 'removed_key' } },
    });
  });
});

describe('the verification of signatures in a journal', () => {
  it('counts those that hold, and names their keys that were removed since', async () => {
    const { w, key, ofAnn, submitAs } = await setup();
    await submitAs('ann', signedTask(key, 'acme--1'));
    await submitAs('ann', aTask({ id: 'acme--2', namespace: 'acme' }));
    expect(await verify(w)).toMatchObject({ tasks: 2, signed: 1, removedSigners: [], findings: [] });
    const removed = { ...ofAnn, removedAt: w.now };
    w.signers.set(key.id, removed);
    expect(await verify(w)).toMatchObject({ signed: 1, removedSigners: [removed], findings: [] });
  });

  it('names the first task that is another one, though its digest and the chain were computed again', async () => {
    const { w, key, submitAs } = await setup();
    for (const id of ['acme--1', 'acme--2', 'acme--3']) await submitAs('ann', signedTask(key, id));
    const digest = w.records().find((record) => record.kind === 'submitted')?.digest ?? '';
    const frame = { namespace: 'acme', project: 'web', type: 'pay', band: 'normal' } as const;
    const forged = sha256(specText(frame, { payload: { amount: 9 } } as never));
    forge(w, (text) =>
      text.includes('"acme--1"')
        ? text
        : text.replaceAll(digest, forged).replaceAll('"amount":5', '"amount":9'),
    );
    const { findings } = await verify(w);
    expect(findings.map(({ task }) => task)).toEqual(['acme--2', 'acme--3']);
    expect(findings[0]?.message).toBe(`task acme--2: its signature is not of the key ${key.id}`);
  });

  it('names a task of which the signature or the signer was taken away, and one with the key of another principal', async () => {
    const { w, key, ofAnn, submitAs } = await setup();
    await submitAs('ann', signedTask(key, 'acme--1'));
    w.signers.set(key.id, { ...ofAnn, principal: 'bob' });
    expect((await verify(w)).findings).toMatchObject([
      { task: 'acme--1', message: expect.stringContaining('no key of its submitter') },
    ]);
    w.signers.delete(key.id);
    expect((await verify(w)).findings).toMatchObject([
      { task: 'acme--1', message: expect.stringContaining('no key of any principal') },
    ]);
    forge(w, (text) => text.replace(/,"signature":"[^"]*"/, ''));
    expect((await verify(w)).findings).toMatchObject([
      { task: 'acme--1', message: expect.stringContaining('is missing') },
    ]);
  });
});
