import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** Nodes and nesting of one expression. The specification asks for less of each. */
const LIMITS = {
  maxAstNodes: 250,
  maxDepth: 32,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 8,
};

/** Characters that a regular expression is matched against, and those of its pattern: RE2 takes linear time, but not a short one. */
export const MATCHED_CHARS_MAX = 4_096;
export const PATTERN_CHARS_MAX = 256;

const PATTERNS_MAX = 256;
const patterns = new Map<string, RE2JS>();

/** Throws when the pattern is none of RE2. */
export const patternOf = (text: string): RE2JS => {
  const known = patterns.get(text);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(text);
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(text, compiled);
  return compiled;
};

const finds = (text: string, pattern: string): boolean => {
  if (text.length > MATCHED_CHARS_MAX)
    throw new Error(`re: a text of ${text.length} characters; at most ${MATCHED_CHARS_MAX} are matched`);
  return patternOf(pattern).matcher(text).find();
};

type Numeric = number | bigint;

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** Names whose values always have one type. */
const TYPES: Readonly<Record<string, string>> = { id: 'string', state: 'string' };

/** An environment with these names; each value may be any JSON. Numbers of JSON are doubles, so a double and a whole number can be added, too. */
export const celEnvironment = (names: readonly string[]): Environment => {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  }).registerFunction('re(string, string): bool', finds);
  for (const name of names) environment.registerVariable(name, TYPES[name] ?? 'dyn');
  for (const [operator, of] of Object.entries(ARITHMETIC)) {
    const mixed = (a: Numeric, b: Numeric): number => of(Number(a), Number(b));
    environment.registerOperator(`double ${operator} int`, mixed);
    environment.registerOperator(`int ${operator} double`, mixed);
  }
  return environment;
};
