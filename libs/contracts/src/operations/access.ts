import { PRINCIPAL_KINDS } from '@precedent/contract-types';
import type {
  AuditMessage,
  AuditPageReply,
  Grant,
  GrantsReply,
  KeysReply,
  KeyView,
  NewKeyView,
  Signer,
  SignersReply,
} from '@precedent/contract-types';
import { z } from 'zod';
import {
  accessIdSchema,
  accessPageSchema,
  addGrantSchema,
  addSignerSchema,
  auditPageSchema,
  createKeySchema,
  grantShape,
  rotateKeySchema,
} from '../access-requests.ts';
import { catalogueOf } from './operation.ts';
import { ACCESS } from './places.ts';
import { cursor, inner, memberOf, value, view } from './view.ts';
import type { ShapeOf } from './view.ts';

const { at, count, text } = value;

const keyShape: ShapeOf<KeyView> = {
  id: text,
  principal: text,
  kind: z.enum(PRINCIPAL_KINDS),
  state: memberOf({ valid: true, expired: true, revoked: true }),
  createdAt: at,
  expiresAt: at.exactOptional(),
  revokedAt: at.exactOptional(),
  replaces: text.exactOptional().describe('the id of the key that it was made to replace'),
};

const keySchema = view<KeyView>('Key', keyShape);
const newKeySchema = view<NewKeyView>('NewKey', {
  ...keyShape,
  key: text.describe('the whole key, which is stored nowhere: only this answer has it'),
});

const grantSchema = view<Grant>('Grant', { id: text, ...grantShape });

const signerSchema = view<Signer>('Signer', {
  id: text.describe('the public key of Ed25519, 32 bytes in base64url'),
  principal: text,
  createdAt: at,
  removedAt: at.exactOptional().describe('what it signs is not accepted from then on'),
});

const keysReplySchema = view<KeysReply>('Keys', { keys: z.array(keySchema), cursor });
const grantsReplySchema = view<GrantsReply>('Grants', { grants: z.array(grantSchema), cursor });
const signersReplySchema = view<SignersReply>('Signers', { signers: z.array(signerSchema), cursor });

const auditReplySchema = view<AuditPageReply>('AuditPage', {
  messages: z.array(
    inner<AuditMessage>({
      seq: count,
      text: text.describe('JSON with the entries, and `prev`: the SHA-256 of the text before'),
    }),
  ),
  lastSeq: count.describe('of the last message of the trail'),
});

const administers = { errors: [], right: 'administer', reach: 'namespace', mutates: false } as const;
const changes = { ...administers, mutates: true } as const;

/**
 * Keys, grants and signers, and the audit trail. In a namespace only those of its own: grants there, no more than the caller holds itself, and keys and
 * signers of principals whose name begins with the namespace. With a grant of the whole cell, all.
 */
export const ACCESS_OPERATIONS = catalogueOf(ACCESS, {
  keys: {
    ...administers,
    summary: 'The keys of principals that the caller administers, without their secrets, by id.',
    request: accessPageSchema,
    reply: keysReplySchema,
  },
  createKey: {
    ...changes,
    summary: 'Makes a key of a principal. The answer is the only place where it appears.',
    request: createKeySchema,
    reply: newKeySchema,
  },
  rotateKey: {
    ...changes,
    summary: 'Makes a key that replaces another one; both are valid for a while.',
    request: rotateKeySchema,
    reply: newKeySchema,
    errors: ['ACCESS_NOT_FOUND'],
  },
  revokeKey: {
    ...changes,
    summary: 'Ends a key now, with the connections that use it.',
    request: accessIdSchema,
    reply: keySchema,
    errors: ['ACCESS_NOT_FOUND'],
  },
  grants: {
    ...administers,
    summary: 'The grants that the caller administers, by id.',
    request: accessPageSchema,
    reply: grantsReplySchema,
  },
  addGrant: {
    ...changes,
    summary: 'Gives a principal a role, at most what the caller holds itself.',
    request: addGrantSchema,
    reply: grantSchema,
  },
  removeGrant: {
    ...changes,
    summary: 'Takes a grant away, and answers with what it was.',
    request: accessIdSchema,
    reply: grantSchema,
    errors: ['ACCESS_NOT_FOUND'],
  },
  signers: {
    ...administers,
    summary: 'The keys with which principals that the caller administers sign their tasks, by id.',
    request: accessPageSchema,
    reply: signersReplySchema,
  },
  addSigner: {
    ...changes,
    summary: 'Adds a key with which a principal signs its tasks. It gives no access.',
    request: addSignerSchema,
    reply: signerSchema,
  },
  removeSigner: {
    ...changes,
    summary: 'Ends what a key may sign. What it signed before stays signed.',
    request: accessIdSchema,
    reply: signerSchema,
    errors: ['ACCESS_NOT_FOUND'],
  },
  audit: {
    ...administers,
    summary: 'The audit trail as it is stored, a page of messages, to print it and to check its chain.',
    request: auditPageSchema,
    reply: auditReplySchema,
    errors: ['AUDIT_UNAVAILABLE'],
    reach: 'cell',
  },
});
