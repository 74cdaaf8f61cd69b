import type { DefinitionKind } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { Definition } from '@precedent/tasks';

/** What was put, before it is accepted. */
export type OfferedDefinition = Pick<Definition, 'namespace' | 'name' | 'spec'>;

/** What the engine knows of a kind in addition to the schema of its specs. */
export interface DefinitionRules {
  /** The project that a definition is of; `undefined`: of none, so a caller needs a grant of all projects to change it. */
  readonly projectOf?: (definition: OfferedDefinition) => string | undefined;
  /** Whether it is about more than its namespace: changing it needs a grant of the cell. */
  readonly isOfCell?: (definition: OfferedDefinition) => boolean;
  /** Why a spec that has passed its schema is refused now. */
  readonly refusalOf?: (definition: OfferedDefinition) => Problem | undefined;
  /** Why a definition is not deleted now. */
  readonly deletionRefusalOf?: (definition: Definition) => Problem | undefined;
}

/** Where each kind says its rules. */
export type DefinitionRulesOf = Readonly<Record<DefinitionKind, DefinitionRules>>;

export const PROJECT_RULES: DefinitionRules = { projectOf: ({ name }) => name };
