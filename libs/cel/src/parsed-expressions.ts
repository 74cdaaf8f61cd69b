import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { celEnvironment } from './environment.ts';
import { pathsIn } from './reads.ts';
import type { Path } from './reads.ts';

export interface ParsedExpression {
  readonly result: ParseResult;
  readonly paths: readonly Path[];
}

/** Expressions that are kept parsed. */
const PARSED_MAX = 1_000;
const ENVIRONMENTS_MAX = 100;

/** Expressions over the same names. */
export class ParsedExpressions {
  readonly #environment: Environment;
  readonly #parsed = new Map<string, ParsedExpression>();

  constructor(names: readonly string[]) {
    this.#environment = celEnvironment(names);
  }

  /** Throws what is wrong with its syntax. */
  of(text: string): ParsedExpression {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const result = this.#environment.parse(text);
    const made = { result, paths: pathsIn(result.ast) };
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(text, made);
    return made;
  }
}

/** By their names, in any order. */
export class ExpressionsByNames {
  readonly #known = new Map<string, ParsedExpressions>();

  of(names: readonly string[]): ParsedExpressions {
    const key = names.toSorted().join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = new ParsedExpressions(names);
    if (this.#known.size >= ENVIRONMENTS_MAX) this.#known.clear();
    this.#known.set(key, made);
    return made;
  }
}
