import type { Problem } from '@precedent/kernel';
import { excerptOf } from '@precedent/kernel';

/** 80 or more random bits: no other client can guess them. */
const UNGUESSABLE =
  /^([0-7][0-9A-HJKMNP-TV-Z]{25}|[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/i;

const SHOWN_CHARS = 64;

/**
 * Why a caller may not choose this id for its task. Ids are shared by all namespaces of a cell, and the answer to a submission says
 * whether one is taken: so an id is one that cannot be guessed, or one that no other namespace may choose.
 */
export const idProblem = (namespace: string, id: string): Problem | undefined => {
  if (UNGUESSABLE.test(id) || belongsTo(namespace, id)) return undefined;
  const expected = `expected a ULID, a UUID of version 4 or 7, or an id that begins with "${namespace}--"`;
  return {
    code: 'INVALID_TASK',
    message: `id: ${expected}; for a name of your own use idempotencyKey, which belongs to the namespace`,
    issues: [{ field: 'id', message: `${expected}; got "${excerptOf(id, SHOWN_CHARS)}"` }],
  };
};

/**
 * Whether an id, or the name of a principal, is one that no other namespace may choose: what follows the mark begins with no dash and has
 * no other mark in it.
 */
export const belongsTo = (namespace: string, name: string): boolean => {
  const mark = `${namespace}--`;
  const rest = name.slice(mark.length);
  return name.startsWith(mark) && rest !== '' && !rest.startsWith('-') && !rest.includes('--');
};
