import type { TaskClass } from '@precedent/tasks';
import type { Statements } from './statements.ts';

/** Classes kept in memory; a cell has a few dozen as a rule. */
const CACHED_MAX = 10_000;

/** The numbers by which a task names its class, and the kind of its class. */
export interface ClassNumbers {
  readonly class: number;
  readonly kind: number;
}

/** What many tasks have in common, written once and named by a number. */
export class ClassTable {
  readonly #statements: Statements;
  #numbers = new WeakMap<TaskClass, ClassNumbers>();
  readonly #byText = new Map<string, ClassNumbers>();
  readonly #byNumber = new Map<number, TaskClass>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The numbers of the class; what is new is written. */
  numbersOf(taskClass: TaskClass): ClassNumbers {
    const known = this.#numbers.get(taskClass);
    if (known !== undefined) return known;
    const text = JSON.stringify(taskClass);
    const numbers = this.#byText.get(text) ?? this.#write(taskClass, text);
    if (this.#byText.size >= CACHED_MAX) this.#byText.clear();
    this.#byText.set(text, numbers);
    this.#numbers.set(taskClass, numbers);
    return numbers;
  }

  get(number: number): TaskClass {
    const known = this.#byNumber.get(number);
    if (known) return known;
    const text = this.#statements.of('SELECT text FROM classes WHERE class = ?').get(number)?.['text'];
    const taskClass = JSON.parse(String(text)) as TaskClass;
    if (this.#byNumber.size >= CACHED_MAX) this.#byNumber.clear();
    this.#byNumber.set(number, taskClass);
    return taskClass;
  }

  /** What was written may have been rolled back. */
  forget(): void {
    this.#numbers = new WeakMap();
    this.#byText.clear();
    this.#byNumber.clear();
  }

  #write(taskClass: TaskClass, text: string): ClassNumbers {
    const { namespace, project, type, band, security = '' } = taskClass;
    return {
      class: this.#numbered('class', 'classes', { text }),
      kind: this.#numbered('kind', 'kinds', { namespace, project, type, band, security }),
    };
  }

  /** The number of a row of this table, which is added when it is not there. */
  #numbered(number: string, table: string, row: Readonly<Record<string, string>>): number {
    const [names, values] = [Object.keys(row), Object.values(row)];
    const isIt = names.map((name) => `${name} = ?`).join(' AND ');
    const found = this.#statements.of(`SELECT ${number} AS n FROM ${table} WHERE ${isIt}`).get(...values)?.[
      'n'
    ];
    if (typeof found === 'number') return found;
    const marks = names.map(() => '?').join(', ');
    const insert = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`;
    return Number(this.#statements.of(insert).run(...values).lastInsertRowid);
  }
}
