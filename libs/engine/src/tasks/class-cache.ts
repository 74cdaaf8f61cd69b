import { classKey, classOf } from '@precedent/tasks';
import type { Submission, TaskClass, TaskDefaults } from '@precedent/tasks';
import type { Band } from '@precedent/kernel';

const CACHED_MAX = 10_000;

/**
 * Makes equal task classes one object, so that a million alike tasks share it. When more kinds than fit appear, the
 * cache starts over: tasks keep the object they have, only sharing begins again.
 */
export class ClassCache {
  readonly #defaults: TaskDefaults;
  readonly #bySubmission = new Map<string, TaskClass>();
  readonly #byText = new Map<string, TaskClass>();

  constructor(defaults: TaskDefaults) {
    this.#defaults = defaults;
  }

  of(task: Submission, door?: Band): TaskClass {
    const key = classKey(task, door);
    const known = this.#bySubmission.get(key);
    if (known) return known;
    const taskClass = this.intern(classOf(task, this.#defaults, door));
    if (this.#bySubmission.size >= CACHED_MAX) this.#bySubmission.clear();
    this.#bySubmission.set(key, taskClass);
    return taskClass;
  }

  intern(taskClass: TaskClass): TaskClass {
    const text = JSON.stringify(taskClass);
    const known = this.#byText.get(text);
    if (known) return known;
    if (this.#byText.size >= CACHED_MAX) this.#byText.clear();
    this.#byText.set(text, taskClass);
    return taskClass;
  }
}
