import { signedText, specText } from '@precedent/contract-types';
import type { SpecFrame } from '@precedent/contract-types';
import type { TaskSpec } from '@precedent/contracts';
import { AppError, defined, messageOf } from '@precedent/kernel';
import { bandOfSpec, taskJson } from './encode-task.ts';
import { encode } from './json.ts';
import type { TextDigest } from './worker/attempts/spec-check.ts';
import { base64urlOf } from './worker/checkpoints/state-store.ts';

/** A key of WebCrypto, by whatever name the platform's types have it. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface WebKeys {
  readonly privateKey: WebKey;
  readonly publicKey: WebKey;
}

/** A private key of Ed25519: PKCS #8 as PEM, or of WebCrypto. One that cannot be exported comes with its public key. */
export type SigningKey = string | WebKey | WebKeys;

/** A signing key that was read. */
export interface TaskSigner {
  /** The public key in base64url. */
  readonly key: string;
  /** In base64url. */
  readonly sign: (text: string) => Promise<string>;
}

const ED25519 = { name: 'Ed25519' };

/** Rejects INVALID_REQUEST for what is no private key of Ed25519. */
export const taskSigner = async (signingKey: SigningKey): Promise<TaskSigner> => {
  try {
    const { privateKey, publicKey } = await keysIn(signingKey);
    const { x = '' } = await crypto.subtle.exportKey('jwk', publicKey);
    const sign = async (text: string): Promise<string> =>
      base64urlOf(new Uint8Array(await crypto.subtle.sign(ED25519, privateKey, encode(text))));
    await sign('');
    return { key: x, sign };
  } catch (cause) {
    const message = `the signing key cannot be used: a private key of Ed25519 is expected (${messageOf(cause)})`;
    throw new AppError('INVALID_REQUEST', message, { cause });
  }
};

const keysIn = async (signingKey: SigningKey): Promise<WebKeys> => {
  if (typeof signingKey === 'object' && 'privateKey' in signingKey) return signingKey;
  const privateKey = typeof signingKey === 'string' ? await imported(signingKey) : signingKey;
  // A private key in this form has the public one in it.
  return { privateKey, publicKey: privateKey };
};

const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;

const imported = (pem: string): Promise<WebKey> => {
  const text = atob((PEM.exec(pem)?.[1] ?? '').replaceAll(/\s/g, ''));
  const bytes = Uint8Array.from(text, (char) => char.codePointAt(0) ?? 0);
  return crypto.subtle.importKey('pkcs8', bytes, ED25519, true, ['sign']);
};

export type SignTask = (spec: TaskSpec) => Promise<TaskSpec>;

/** What a signature rests on that a task may leave out. */
export interface SigningContext {
  readonly signer: TaskSigner;
  readonly namespace: string;
  readonly newId: () => string;
  readonly sha256: TextDigest;
}

/** What a cell fills in unless it is configured otherwise: a signed task says it itself. */
const PROJECT = 'default';
const TYPE = 'command';

/**
 * Signs a task, with all that the signature is over written out. A task that has a signature stays as it is. Throws INVALID_TASK for what
 * JSON cannot hold.
 */
export const signTask = async (spec: TaskSpec, context: SigningContext): Promise<TaskSpec> => {
  // As it arrives: a date is a text there.
  const task = JSON.parse(taskJson(spec)) as TaskSpec;
  if (task.signature !== undefined) return spec;
  const { id = context.newId(), namespace = context.namespace, project = PROJECT, type = TYPE } = task;
  const whole = { ...task, id, namespace, project, type, band: bandOfSpec(task) };
  const { signer, sha256 } = context;
  const value = await signer.sign(signedText(id, await sha256(textOf(whole))));
  return { ...whole, signature: { key: signer.key, value } };
};

type Whole = TaskSpec & Omit<SpecFrame, 'labels'>;

const textOf = ({ namespace, project, type, band, labels, security, ...task }: Whole): string => {
  const { args, command, cwd, env, name, payload } = task;
  const body = { args, command, cwd, env, name, payload, traceparent: undefined };
  return specText({ namespace, project, type, band, security, ...defined({ labels }) }, body);
};
