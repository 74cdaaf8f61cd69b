import type { TaskClass } from '@precedent/tasks';
import type { Statements } from './statements.ts';

/** Classes kept in memory; a cell has a few dozen as a rule. */
const CACHED_MAX = 10_000;

/** What many tasks have in common, written once and named by a number. */
export class ClassTable {
  readonly #statements: Statements;
  #numbers = new WeakMap<TaskClass, number>();
  readonly #byText = new Map<string, number>();
  readonly #byNumber = new Map<number, TaskClass>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The number of the class; it is written when it is new. */
  numberOf(taskClass: TaskClass): number {
    const known = this.#numbers.get(taskClass);
    if (known !== undefined) return known;
    const text = JSON.stringify(taskClass);
    const number = this.#byText.get(text) ?? this.#write(text);
    if (this.#byText.size >= CACHED_MAX) this.#byText.clear();
    this.#byText.set(text, number);
    this.#numbers.set(taskClass, number);
    return number;
  }

  get(number: number): TaskClass {
    const known = this.#byNumber.get(number);
    if (known) return known;
    const text = this.#statements.of('SELECT text FROM classes WHERE class = ?').get(number)?.['text'];
    const taskClass = JSON.parse(String(text)) as TaskClass;
    if (this.#byNumber.size >= CACHED_MAX) this.#byNumber.clear();
    this.#byNumber.set(number, taskClass);
    this.#numbers.set(taskClass, number);
    return taskClass;
  }

  /** What was written may have been rolled back. */
  forget(): void {
    this.#numbers = new WeakMap();
    this.#byText.clear();
    this.#byNumber.clear();
  }

  #write(text: string): number {
    const found = this.#statements.of('SELECT class FROM classes WHERE text = ?').get(text)?.['class'];
    if (typeof found === 'number') return found;
    return Number(this.#statements.of('INSERT INTO classes (text) VALUES (?)').run(text).lastInsertRowid);
  }
}
