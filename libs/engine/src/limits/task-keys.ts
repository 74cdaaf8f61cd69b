import type { JobBody } from '@precedent/contract-types';
import { isLimited } from '@precedent/orchestration';
import type { Conditions } from '@precedent/ports';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import { keyOf } from './key-of.ts';
import type { Limit } from './limit-key.ts';

/** A limit that a task is under, with the key of the task. */
export interface TaskKey {
  readonly limit: Limit;
  readonly key: string;
  /** Why its key could not be computed: it shares one key with all others of which it could not. */
  readonly failure?: string | undefined;
}

/** The key of all tasks under a limit without one. */
const SHARED = '';
const FAILED_KEY = '(no key)';

/** What only the task itself tells. */
const OWN = /\b(?:id|payload)\b/;
const PAYLOAD = /\bpayload\b/;

const NONE: readonly TaskKey[] = [];

type KeyedTask = Pick<TaskRow, 'id' | 'class' | 'body'>;

/** Computes the keys of tasks. Where they follow from the class of a task, they are computed once for all tasks of the class. */
export class TaskKeys {
  readonly #limits: ReadonlyMap<string, Limit>;
  readonly #conditions: Conditions | undefined;
  #ofClass = new WeakMap<TaskClass, readonly TaskKey[] | readonly Limit[]>();
  #shared = new WeakSet<readonly object[]>();

  constructor(limits: ReadonlyMap<string, Limit>, conditions: Conditions | undefined) {
    this.#limits = limits;
    this.#conditions = conditions;
  }

  /** The limits have changed. */
  forget(): void {
    this.#ofClass = new WeakMap();
    this.#shared = new WeakSet();
  }

  of(task: KeyedTask): readonly TaskKey[] {
    const known = this.#ofClass.get(task.class) ?? this.#learn(task);
    if (known.length === 0) return NONE;
    return this.#shared.has(known)
      ? (known as readonly TaskKey[])
      : this.#computed(known as readonly Limit[], task);
  }

  #learn(task: KeyedTask): readonly TaskKey[] | readonly Limit[] {
    const { class: kind } = task;
    const limits = [...this.#limits.values()].filter(
      ({ namespace, spec }) =>
        (spec.wholeCell === true || namespace === kind.namespace) && isLimited(spec.match, kind),
    );
    const isOwn = limits.some(({ spec }) => spec.key !== undefined && OWN.test(spec.key));
    const known = isOwn || limits.length === 0 ? limits : this.#computed(limits, task);
    if (!isOwn) this.#shared.add(known);
    this.#ofClass.set(kind, known);
    return known;
  }

  #computed(limits: readonly Limit[], task: KeyedTask): readonly TaskKey[] {
    let payload: { readonly value: unknown } | undefined;
    const payloadOf = (): unknown =>
      (payload ??= { value: (JSON.parse(task.body) as JobBody).payload ?? null }).value;
    return limits.map((limit) => {
      const { key } = limit.spec;
      if (key === undefined) return { limit, key: SHARED };
      const input = { ...inputOf(task), payload: PAYLOAD.test(key) ? payloadOf() : null };
      const outcome = keyOf(key, input, this.#conditions);
      if (outcome.key !== undefined) return { limit, key: outcome.key };
      return { limit, key: FAILED_KEY, failure: outcome.failure };
    });
  }
}

const inputOf = ({ id, class: { type, project, namespace, labels } }: KeyedTask) => ({
  id,
  type,
  project,
  namespace,
  labels,
});
