import { classKey, classOf } from '@precedent/tasks';
import type { Submission, TaskClass, TaskDefaults } from '@precedent/tasks';
import type { Band } from '@precedent/kernel';

const CACHED_MAX = 10_000;

/**
 * Makes equal task classes one object, so that a million similar tasks share it. When there are more different classes than fit, the
 * cache is cleared: tasks keep the object that they have, and new ones share new objects.
 */
export class TaskClassCache {
  readonly #defaults: TaskDefaults;
  readonly #bySubmission = new Map<string, TaskClass>();
  readonly #byText = new Map<string, TaskClass>();

  constructor(defaults: TaskDefaults) {
    this.#defaults = defaults;
  }

  /** The class of a submission. `band`: the band of the ingress through which it came, unless it is a dry run. */
  of(task: Submission, band?: Band): TaskClass {
    const key = classKey(task, band);
    const known = this.#bySubmission.get(key);
    if (known) return known;
    const taskClass = this.intern(classOf(task, this.#defaults, band));
    if (this.#bySubmission.size >= CACHED_MAX) this.#bySubmission.clear();
    this.#bySubmission.set(key, taskClass);
    return taskClass;
  }

  /** The shared object that equals this class. */
  intern(taskClass: TaskClass): TaskClass {
    const text = JSON.stringify(taskClass);
    const known = this.#byText.get(text);
    if (known) return known;
    if (this.#byText.size >= CACHED_MAX) this.#byText.clear();
    this.#byText.set(text, taskClass);
    return taskClass;
  }
}
