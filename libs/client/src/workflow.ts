import type {
  DependencyCondition,
  Join,
  Need,
  StepTask,
  WorkflowSpec,
  WorkflowStep,
} from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';

/** A workflow as `client.workflows.put` takes it. */
export interface NamedWorkflow {
  readonly name: string;
  readonly spec: WorkflowSpec;
}

/** A step that later steps may name. */
export class StepRef {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** For expressions: `completed`, `failed`, … */
  get state(): string {
    return `steps.${this.name}.state`;
  }

  /** For expressions: its result, or a member of it. */
  result(path?: string): string {
    return `steps.${this.name}.result${path === undefined ? '' : `.${path}`}`;
  }

  /** A need of what became of it; a step itself as a need means `ok`. */
  on(condition: DependencyCondition, options: Pick<Need, 'optional'> = {}): Need {
    return { step: this.name, on: condition, ...options };
  }
}

/** A choice, whose branches later steps may need. */
export class ChoiceRef<Branch extends string> extends StepRef {
  branch(branch: Branch): Need {
    return { step: this.name, branch };
  }
}

export interface StepOptions extends Pick<WorkflowStep, 'when'> {
  readonly needs?: readonly (StepRef | Need)[] | undefined;
  readonly join?: Join | undefined;
}

/** Of a step whose effect can be undone. */
export interface WorkOptions extends StepOptions {
  readonly compensate?: StepTask | undefined;
}

type Of<K extends keyof WorkflowStep> = NonNullable<WorkflowStep[K]>;

/** Collects the steps of a workflow. A step can only need one that was added before it, so there are no cycles. */
export class WorkflowBuilder {
  readonly #steps = new Map<string, WorkflowStep>();

  get steps(): Readonly<Record<string, WorkflowStep>> {
    return Object.fromEntries(this.#steps);
  }

  task(name: string, task: StepTask, options?: WorkOptions): StepRef {
    return this.#add(name, { task }, options);
  }

  /** Branches in their order, each with its condition in CEL. */
  choice<const Branches extends Readonly<Record<string, string>>>(
    name: string,
    choice: Branches,
    options?: StepOptions,
  ): ChoiceRef<keyof Branches & string> {
    this.#add(name, { choice }, options);
    return new ChoiceRef(name);
  }

  map(name: string, map: Of<'map'>, options?: WorkOptions): StepRef {
    return this.#add(name, { map }, options);
  }

  repeat(name: string, repeat: Of<'repeat'>, options?: WorkOptions): StepRef {
    return this.#add(name, { repeat }, options);
  }

  child(name: string, child: Of<'child'>, options?: WorkOptions): StepRef {
    return this.#add(name, { child }, options);
  }

  approval(name: string, approval: Of<'approval'>, options?: StepOptions): StepRef {
    return this.#add(name, { approval }, options);
  }

  signal(name: string, signal: Of<'signal'> = {}, options?: StepOptions): StepRef {
    return this.#add(name, { signal }, options);
  }

  /** `ms`: milliseconds. */
  sleep(name: string, ms: number, options?: StepOptions): StepRef {
    return this.#add(name, { sleep: ms }, options);
  }

  /** Throws INVALID_REQUEST for a second step of the same name. */
  #add(name: string, step: WorkflowStep, { needs, ...options }: WorkOptions = {}): StepRef {
    if (this.#steps.has(name))
      throw new AppError('INVALID_REQUEST', `the workflow has a step ${name} already`);
    const named = needs?.map((need) => (need instanceof StepRef ? need.name : need));
    this.#steps.set(name, { ...step, ...options, ...(named && { needs: named }) });
    return new StepRef(name);
  }
}

/**
 * Describes a workflow: `build` adds its steps, and may return the other members of its spec. The engine checks it when it is put.
 *
 *     const release = workflow('release', (w) => {
 *       const test = w.task('test', { command: 'npm', args: ['test'] });
 *       w.task('publish', { command: 'npm', args: ['publish'] }, { needs: [test] });
 *     });
 *     await client.workflows.put(release.name, release.spec);
 */
export const workflow = (
  name: string,
  build: (steps: WorkflowBuilder) => Omit<WorkflowSpec, 'steps'> | void,
): NamedWorkflow => {
  const builder = new WorkflowBuilder();
  const more = build(builder) ?? {};
  return { name, spec: { ...more, steps: builder.steps } };
};
