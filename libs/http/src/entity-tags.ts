import { hash } from 'node:crypto';
import { DEFINITION_KINDS } from '@precedent/contract-types';
import type { DefinitionKind } from '@precedent/contract-types';
import type { OperationName } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Lists whose reply has an ETag. */
const TAGGED_LISTS = ['access.keys', 'access.grants', 'access.signers'] as const satisfies OperationName[];

/** Reads whose reply has an ETag. */
export type Tagged = (typeof TAGGED_LISTS)[number] | 'task.get' | `${DefinitionKind}.get`;

export const isTagged = (name: OperationName): name is Tagged =>
  isOfOne(name) || (TAGGED_LISTS as readonly string[]).includes(name);

/** The read whose ETag the If-Match of a change names: the task, or the list without conditions. */
const READ_OF: Readonly<Partial<Record<OperationName, Tagged>>> = {
  'task.cancel': 'task.get',
  'task.reband': 'task.get',
  'task.delete': 'task.get',
  'task.deleteForgotten': 'task.get',
  'access.createKey': 'access.keys',
  'access.rotateKey': 'access.keys',
  'access.revokeKey': 'access.keys',
  'access.addGrant': 'access.grants',
  'access.removeGrant': 'access.grants',
  'access.addSigner': 'access.signers',
  'access.removeSigner': 'access.signers',
};

/** A change of a definition is about the definition. */
export const readBefore = (name: OperationName): Tagged | undefined => {
  const kind = DEFINITION_KINDS.find((one) => name.startsWith(`${one}.`));
  return kind === undefined ? READ_OF[name] : `${kind}.get`;
};

/** Reads of one task or one definition. */
const isOfOne = (name: OperationName): boolean =>
  name === 'task.get' || DEFINITION_KINDS.some((kind) => name === `${kind}.get`);

/** A strong one: of the whole state. */
const textTag = (text: string): string => `"${hash('sha256', text, 'base64url')}"`;

/** A text that is JSON already. */
export const sendJson = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(text);

/** What of a reply counts for its ETag: a cursor is sealed for each reply, and that there is one is a part of the state. */
export const stateText = (name: Tagged, reply: string): string => {
  if (isOfOne(name)) return reply;
  const page = JSON.parse(reply) as object;
  return 'cursor' in page ? JSON.stringify({ ...page, cursor: true }) : reply;
};

/** The body with the ETag of the state, or 304 where the client has it already. */
export const sendTagged = (
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { state, body }: { readonly state: string; readonly body: string },
): FastifyReply => {
  const tag = textTag(state);
  reply.header('etag', tag);
  const known = tagsIn(headers['if-none-match']).map((one) => one.replace(/^W\//, ''));
  if (known.includes(tag) || known.includes('*')) return reply.code(304).send();
  return sendJson(reply, body);
};

/** The state that the header If-Match names. Throws PRECONDITION_FAILED when it names another one than that which `read` gets. */
export const checkUnchanged = async (
  { headers }: FastifyRequest,
  read: (() => Promise<string>) | undefined,
): Promise<string | undefined> => {
  const tags = tagsIn(headers['if-match']);
  if (tags.length === 0) return undefined;
  if (read === undefined) throw unsupported();
  const state = await read();
  const tag = textTag(state);
  if (tags.includes('*')) return undefined;
  if (tags.includes(tag)) return state;
  throw new AppError('PRECONDITION_FAILED', `If-Match: the state is ${tag} now, not ${tags.join(', ')}`);
};

const unsupported = (): AppError => {
  const message = 'nothing that is served here has a state that it could name';
  return new AppError('INVALID_REQUEST', `If-Match: ${message}`, {
    issues: [{ field: 'If-Match', message }],
  });
};

const tagsIn = (header: string | undefined): readonly string[] =>
  (header ?? '').split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
