import { PRINCIPAL_CHARS_MAX, PRINCIPAL_KINDS, ROLES } from '@precedent/contract-types';
import type {
  AccessPage,
  AddSignerRequest,
  CreateKeyRequest,
  GrantSpec,
  RotateKeyRequest,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { publicKeySchema } from './task-spec.ts';

const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const principalSchema = z.string().min(1).max(PRINCIPAL_CHARS_MAX);
const endSchema = z.number().int().nonnegative().describe('epoch milliseconds: it ends then');
const texts = z.array(z.string());

export const accessPageSchema = z.strictObject({
  principal: principalSchema.optional().describe('of this principal only'),
  cursor: idSchema.optional().describe('of the page before'),
  limit: z.number().int().min(1).max(LIMITS.listed).optional(),
}) satisfies z.ZodType<AccessPage>;

export const createKeySchema = z.strictObject({
  principal: principalSchema,
  kind: z.enum(PRINCIPAL_KINDS).optional().describe('`service` when left out'),
  expiresAt: endSchema.optional(),
}) satisfies z.ZodType<CreateKeyRequest>;

export const rotateKeySchema = z.strictObject({
  id: idSchema,
  overlapMs: z.number().int().nonnegative().describe('milliseconds for which the other key stays valid'),
  expiresAt: endSchema.optional().describe('of the new key, in epoch milliseconds'),
}) satisfies z.ZodType<RotateKeyRequest>;

export const addSignerSchema = z.strictObject({
  principal: principalSchema,
  publicKey: publicKeySchema.describe('of Ed25519: its 32 bytes in base64url'),
}) satisfies z.ZodType<AddSignerRequest>;

export const accessIdSchema = z.strictObject({ id: idSchema });

/** The fields of a grant. `checkGrant` of `libs/access` knows the rules between them, and says what is wrong. */
export const grantShape = {
  principal: z.string(),
  role: z.enum(ROLES),
  namespace: z.string().describe('`*`: the whole cell'),
  project: z.string().describe('`*`: all of the namespace'),
  highestBand: z.enum(BANDS).exactOptional().describe('of its tasks; `critical` when left out'),
  types: texts
    .exactOptional()
    .describe('of its tasks; all when left out, but for an agent not `command` and `http`'),
  pools: texts.exactOptional().describe('of a worker; all when left out'),
  criticalPerHour: z.number().exactOptional().describe('critical tasks in any hour'),
  clearances: texts.exactOptional().describe('security labels; `*`: all'),
  expiresAt: z.number().exactOptional().describe('epoch milliseconds'),
};

export const addGrantSchema = z.strictObject({
  grant: z.strictObject(grantShape).meta({ id: 'GrantSpec' }) satisfies z.ZodType<GrantSpec>,
});

export const auditPageSchema = z.strictObject({
  after: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('begins behind this message; at the first one when left out'),
});
