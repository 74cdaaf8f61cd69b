import type { DefinitionKind, DefinitionView } from '@precedent/contract-types';
import type { DefinitionRecord } from './records.ts';

/** What a user named once and the engine follows from then on: the fold of its records. */
export interface Definition extends DefinitionView<object> {
  readonly of: DefinitionKind;
}

/** Applies one fact to a definition; `undefined`: there is none. To apply facts again that it has seen, in their order, changes nothing in the end. */
export const definitionAfter = (
  before: Definition | undefined,
  record: DefinitionRecord,
): Definition | undefined => {
  const { at, of, namespace, name, revision, spec, by, status, gone } = record;
  if (gone) return undefined;
  if (spec === undefined) return before && { ...before, status };
  const createdAt = before?.createdAt ?? at;
  const noted = status ?? before?.status;
  return {
    of,
    namespace,
    name,
    revision: revision ?? 1,
    spec,
    ...(noted && { status: noted }),
    ...(by !== undefined && { by }),
    createdAt,
    changedAt: at,
  };
};
