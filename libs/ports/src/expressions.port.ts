/** What a text may name, and what has to come out. */
export interface ExpressionUse {
  /** Of the input: each is a member of what `evaluate` is given. */
  readonly names: readonly string[];
  readonly says: 'bool' | 'value';
}

export interface Evaluation {
  /** JSON; absent where there is a failure. */
  readonly value?: unknown;
  /** Why there is no value: a missing field, an operation that does not apply, a limit. */
  readonly failure?: string;
  /** What it read, as JSON, by path: the values are cut. */
  readonly read: Readonly<Record<string, string>>;
}

/** Expressions that users write. They read nothing but their input: no clock, no randomness, no network. */
export interface Expressions {
  /** Why a text is no such expression: its syntax, an unknown name, types that do not fit, a limit. */
  checkExpression(text: string, use: ExpressionUse): string | undefined;
  /** Never throws, and takes a bounded time. The members of the input are JSON. */
  evaluate(text: string, input: Readonly<Record<string, unknown>>): Evaluation;
  /** The paths of the input that a text names, the longest ones, such as `['steps', 'test', 'result']`; none where it is no expression. */
  readsOf(text: string): readonly (readonly string[])[];
}
