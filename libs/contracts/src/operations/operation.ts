import type { DefinitionKind, Reach, Right } from '@precedent/contract-types';
import type { ErrorCode } from '@precedent/kernel';
import { z } from 'zod';

/** Where operations are served: the program, the token of their subjects behind the root, and the errors that each of them may have. */
export interface OperationPlace {
  readonly service: 'engine' | 'history' | 'vectorizer' | 'gateway';
  readonly group: 'task' | 'submit' | 'access' | 'history' | 'search' | 'webhooks' | 'run' | DefinitionKind;
  readonly errors: readonly ErrorCode[];
}

export interface OperationSpec {
  /** One sentence, for reference pages. */
  readonly summary: string;
  readonly request: z.ZodType;
  readonly reply: z.ZodType;
  /** In addition to those of its place. */
  readonly errors: readonly ErrorCode[];
  /** What the caller must have been granted. */
  readonly right: Right;
  /** `cell`: it needs a grant of all namespaces. */
  readonly reach: Reach;
  /** Whether it changes something, so that it is audited. */
  readonly mutates: boolean;
  /** Whether a message may hold a list of such requests. They are answered together, so only where each is answered at once. */
  readonly batched?: boolean;
  /** Paths of the reply that a submitter or a task could have written, such as `tasks[].result`. */
  readonly untrusted?: readonly string[];
}

/** One entry of the catalogue, from which services, permissions and reference pages are made. */
export interface Operation<
  Q extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> extends OperationPlace {
  readonly verb: string;
  readonly summary: string;
  readonly request: Q;
  readonly reply: A;
  readonly right: Right;
  readonly reach: Reach;
  readonly mutates: boolean;
  readonly batched: boolean;
  readonly untrusted: readonly string[];
}

/** Operations by verb. */
export type Operations = Readonly<Record<string, Operation>>;

/** What a handler gets: the checked request. */
export type RequestOf<O extends Operation> = z.output<O['request']>;
export type ReplyOf<O extends Operation> = z.output<O['reply']>;

/** The operations of one place, by verb. */
export const catalogueOf = <S extends Readonly<Record<string, OperationSpec>>>(
  place: OperationPlace,
  specs: S,
): { readonly [V in keyof S]: Operation<S[V]['request'], S[V]['reply']> } => {
  const entries = Object.entries(specs).map(([verb, spec]) => [verb, placed(place, verb, spec)] as const);
  return Object.fromEntries(entries) as {
    readonly [V in keyof S]: Operation<S[V]['request'], S[V]['reply']>;
  };
};

const placed = (place: OperationPlace, verb: string, spec: OperationSpec): Operation => ({
  untrusted: [],
  batched: false,
  ...spec,
  ...place,
  verb,
  errors: [...new Set([...spec.errors, ...auditErrors(place, spec), ...place.errors])],
});

/** A submission is recorded by the commit of its task. */
const auditErrors = ({ group }: OperationPlace, { mutates }: OperationSpec): readonly ErrorCode[] =>
  mutates && group !== 'submit' ? ['AUDIT_UNAVAILABLE'] : [];

/** Whether the request itself says the namespace; otherwise only the subject of a call does. */
export const takesNamespace = ({ group, request }: Operation): boolean =>
  group === 'submit' || (request instanceof z.ZodObject && 'namespace' in request.shape);

/** Whether its replies are pages, each of which may name the next one. */
export const takesCursor = ({ request }: Operation): boolean =>
  request instanceof z.ZodObject && 'cursor' in request.shape;

/** What every interface may answer to every operation. */
export const COMMON_ERRORS = [
  'INVALID_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

/** The request of an operation that needs to know nothing. */
export const nothingSchema = z.strictObject({});
