import { ownValue, parseTime } from '@precedent/kernel';
import type { ColumnType, TableRow, TypedColumn } from '@precedent/ports';

/** The most specific first: a column has the first type that all of its values fit. */
const ORDER: readonly ColumnType[] = ['integer', 'number', 'boolean', 'text'];

const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
  // `Date` reads it as the same day that it names.
  time: (value) => typeof value === 'string' && parseTime(value) === Date.parse(value),
  json: () => true,
};

const typesOf = (known: ColumnType | undefined): readonly ColumnType[] =>
  known === undefined ? ORDER : [known];

/**
 * Finds the type of each column while rows pass by. A column that is known has its own type, so that an export without any value of it
 * looks like the others; one whose values fit nothing else is JSON.
 */
export class ColumnTypes {
  readonly #possible: Map<string, readonly ColumnType[]>;

  constructor(names: readonly string[], known: Readonly<Record<string, ColumnType>>) {
    this.#possible = new Map(names.map((name) => [name, typesOf(ownValue(known, name))]));
  }

  see(row: TableRow): void {
    for (const [name, types] of this.#possible) {
      const value = ownValue(row, name);
      if (value === undefined || value === null) continue;
      if (types.some((type) => !FITS[type](value)))
        this.#possible.set(
          name,
          types.filter((type) => FITS[type](value)),
        );
    }
  }

  /** A column without any value is text. */
  get columns(): readonly TypedColumn[] {
    return [...this.#possible].map(([name, types]) => ({
      name,
      type: types === ORDER ? 'text' : (types[0] ?? 'json'),
    }));
  }
}
