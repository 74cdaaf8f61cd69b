import type { Band, EpochMs } from '@precedent/kernel';
import type { Right } from './access.ts';

/** The kinds of definitions: what users name once and the engine follows from then on. */
export const DEFINITION_KINDS = ['project', 'limit', 'schedule', 'workflow'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** A definition as every interface shows it. */
export interface DefinitionView<Spec extends object, Status extends object = object> {
  readonly namespace: string;
  readonly name: string;
  /** Counts the specs that it has had; a change may name the one that it expects. */
  readonly revision: number;
  readonly spec: Spec;
  /** What the engine notes of it. */
  readonly status?: Status | undefined;
  /** Who gave the spec; absent where access is open. */
  readonly by?: string | undefined;
  readonly createdAt: EpochMs;
  readonly changedAt: EpochMs;
}

/** Makes a definition, or gives it another spec. */
export interface PutDefinitionRequest<Spec extends object> {
  /** The revision that it must have; 0: there must be none yet. Any when left out. */
  readonly expect?: number | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly spec: Spec;
}

export interface GetDefinitionRequest {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface DeleteDefinitionRequest extends GetDefinitionRequest {
  /** The revision that it must have. Any when left out. */
  readonly expect?: number | undefined;
}

export interface ListDefinitionsRequest {
  /** Of the page before. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly namespace?: string | undefined;
}

export interface DefinitionsReply<View extends object> {
  /** In the order of their names. */
  readonly items: readonly View[];
  readonly cursor?: string | undefined;
}

/** What tasks of a project have in common. Tasks may name a project that has no definition. */
export interface ProjectSpec {
  /** No task of it has a band above this one. */
  readonly bandMax?: Band | undefined;
  readonly description?: string | undefined;
  /** Its share of a band among the projects that have tasks in it, 0.1 to 100; 1 when left out. */
  readonly weight?: number | undefined;
}

/** What a principal must have been granted to change definitions of a kind; to read them the right to read is enough. */
export const DEFINITION_RIGHTS: Readonly<Record<DefinitionKind, Right>> = {
  project: 'administer',
  limit: 'administer',
  workflow: 'submit',
  schedule: 'submit',
};

export const DEFINITION_LIMITS = {
  /** Of one kind in one namespace. */
  ofKind: 200_000,
  nameChars: 64,
  /** Of a spec, as JSON. */
  specBytes: 256 * 1024,
} as const;
