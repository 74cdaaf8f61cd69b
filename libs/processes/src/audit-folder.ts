import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { headText } from '@precedent/access';
import type { AuditHead, AuditPosition } from '@precedent/contract-types';
import { isSignedBy } from '@precedent/ports';
import { jsonFields, readText } from './files.ts';

const folderOf = (dataDir: string) => {
  const dir = path.join(dataDir, 'audit');
  return { dir, key: path.join(dir, 'signing-key.pem'), heads: path.join(dir, 'heads.ndjson') };
};

/** What a data folder holds of the audit trail, apart from the trail: so that a change of both is needed to hide one. */
export interface AuditFolder {
  /** In base64url. */
  readonly publicKey: string;
  sign(position: AuditPosition): AuditHead;
  /** Keeps a head that was signed, with all that were before: a trail that was cut off is signed again by an engine that starts. */
  keep(head: AuditPosition): void;
}

/** Opens the folder, with a key that is made at the first call. Only the owner can read its file. */
export const openAuditFolder = (dataDir: string): AuditFolder => {
  const { dir, key: file, heads } = folderOf(dataDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const key = createPrivateKey(readText(file) ?? madeKey(file));
  const publicKey = publicKeyOf(key);
  return {
    publicKey,
    sign: ({ seq, sha256 }) => {
      const text = Buffer.from(headText({ seq, sha256 }));
      return { seq, sha256, signature: sign(null, text, key).toString('base64url'), publicKey };
    },
    keep: ({ seq, sha256 }) => appendFileSync(heads, `${JSON.stringify({ seq, sha256 })}\n`, { mode: 0o600 }),
  };
};

const madeKey = (file: string): string => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  return pem.toString();
};

const publicKeyOf = (key: KeyObject): string => createPublicKey(key).export({ format: 'jwk' }).x ?? '';

export interface KnownHeads {
  readonly publicKey?: string;
  /** The heads that were signed here. */
  readonly heads: readonly AuditPosition[];
}

/** What a data folder knows of the trail; nothing where no engine signed. */
export const knownHeadsOf = (dataDir: string): KnownHeads => {
  const { key, heads } = folderOf(dataDir);
  const pem = readText(key);
  return {
    ...(pem !== undefined && { publicKey: publicKeyOf(createPrivateKey(pem)) }),
    heads: (readText(heads) ?? '').split('\n').flatMap(headIn),
  };
};

/** The last line may be half, after a power loss. */
const headIn = (line: string): AuditPosition[] => {
  const { seq, sha256 } = jsonFields(line);
  return typeof seq === 'number' && typeof sha256 === 'string' ? [{ seq, sha256 }] : [];
};

/** Whether the signature of a head is of its public key. */
export const isSignedHead = ({ publicKey, signature, ...position }: AuditHead): boolean =>
  isSignedBy(publicKey, headText(position), signature);
