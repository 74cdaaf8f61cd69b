import { checkGrant } from '@precedent/access';
import type { AccessChange } from '@precedent/access';
import { PRINCIPAL_KINDS } from '@precedent/contract-types';
import type { AccessKey, Signer } from '@precedent/contract-types';
import { z } from 'zod';
import { decode } from '../validation/decode.ts';

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const timeSchema = z.number().nonnegative();

const keySchema = z.strictObject({
  id: idSchema,
  principal: z.string().min(1),
  kind: z.enum(PRINCIPAL_KINDS),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: timeSchema,
  expiresAt: timeSchema.exactOptional(),
  revokedAt: timeSchema.exactOptional(),
  replaces: idSchema.exactOptional(),
}) satisfies z.ZodType<AccessKey>;

const signerSchema = z.strictObject({
  id: idSchema,
  principal: z.string().min(1),
  createdAt: timeSchema,
  removedAt: timeSchema.exactOptional(),
}) satisfies z.ZodType<Signer>;

/** A message of the bucket: the name of an entry, and its value. */
export interface AccessEntry {
  /** `key.<id>`, `grant.<id>` or `signer.<id>`. */
  readonly name: string;
  readonly value: Uint8Array;
  /** The entry was removed. */
  readonly isRemoved: boolean;
}

const KINDS = ['key', 'grant', 'signer'] as const;
export type AccessEntryKind = (typeof KINDS)[number];

/** What an entry of the bucket changes. `dropped`: it cannot be read, so that what has this id must not count any more. */
export type ReadEntry =
  | AccessChange
  | { readonly kind: 'dropped'; readonly of: AccessEntryKind; readonly id: string };

/** Reads an entry. `undefined`: its name is none of ours. A field that we do not know makes it unreadable: it may restrict. */
export const readEntry = ({ name, value, isRemoved }: AccessEntry): ReadEntry | undefined => {
  const [first, id] = name.split('.');
  const of = KINDS.find((kind) => kind === first);
  if (of === undefined || id === undefined || name !== `${of}.${id}`) return undefined;
  if (of === 'grant' && isRemoved) return { kind: 'grant.removed', id };
  const read = decode(value);
  const change = 'unreadable' in read || isRemoved ? undefined : changeOf(of, read.value);
  const isNamed = change !== undefined && accessEntryOf(change).name === name;
  return isNamed ? change : { kind: 'dropped', of, id };
};

const changeOf = (of: AccessEntryKind, value: unknown): AccessChange | undefined => {
  if (of === 'key') {
    const { data: key } = keySchema.safeParse(value);
    return key && { kind: 'key', key };
  }
  if (of === 'signer') {
    const { data: signer } = signerSchema.safeParse(value);
    return signer && { kind: 'signer', signer };
  }
  const grant = checkGrant(value);
  return 'code' in grant ? undefined : { kind: 'grant', grant };
};

/** The entry that stores a change; without a value where it removes one. */
export const accessEntryOf = (change: AccessChange): { readonly name: string; readonly value?: string } => {
  switch (change.kind) {
    case 'key':
      return { name: `key.${change.key.id}`, value: JSON.stringify(change.key) };
    case 'grant':
      return { name: `grant.${change.grant.id}`, value: JSON.stringify(change.grant) };
    case 'grant.removed':
      return { name: `grant.${change.id}` };
    case 'signer':
      return { name: `signer.${change.signer.id}`, value: JSON.stringify(change.signer) };
  }
};
