import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import { expect, describe, it } from 'vitest';
import { celEnvironment } from './environment.ts';
import { DIFFERENT, REFUSED } from './conformance.arbitraries.ts';
import type { Exclusion } from './conformance.arbitraries.ts';

interface SpecValue {
  readonly [kind: string]: unknown;
}

/** A `SimpleTest` of cel-spec as JSON. */
interface SpecCase {
  readonly name?: string;
  readonly expr: string;
  readonly disableCheck?: boolean;
  readonly bindings?: Readonly<Record<string, { readonly value?: SpecValue }>>;
  readonly value?: SpecValue;
  readonly evalError?: unknown;
}

interface NamedCase {
  readonly file: string;
  readonly label: string;
  readonly spec: SpecCase;
}

const cases = (tests.suites ?? []).flatMap((file) =>
  (file.suites ?? []).flatMap((section) =>
    (section.tests ?? []).map(({ original }): NamedCase => {
      const spec = original as unknown as SpecCase;
      return { file: file.name, label: `${file.name}/${section.name}/${spec.name}: ${spec.expr}`, spec };
    }),
  ),
);

/** `undefined`: a kind of value that JSON does not have. */
const plain = (value: SpecValue): unknown => {
  const [[kind, of] = ['', undefined]] = Object.entries(value);
  switch (kind) {
    case 'int64Value':
      return BigInt(of as string);
    case 'doubleValue':
      return Number(of);
    case 'boolValue':
    case 'stringValue':
      return of;
    case 'nullValue':
      return null;
    case 'listValue':
      return ((of as { values?: SpecValue[] }).values ?? []).map(plain);
    case 'mapValue':
      return new Map(
        ((of as { entries?: { key: SpecValue; value: SpecValue }[] }).entries ?? []).map((entry) => [
          plain(entry.key),
          plain(entry.value),
        ]),
      );
    default:
      return undefined;
  }
};

/** Numbers by their value: whole numbers in JSON are doubles. */
const comparable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === 'number' && Object.is(value, -0)) return 0;
  if (typeof value !== 'object' || value === null) return value;
  const entries: (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return new Set(entries.map(([key, of]) => JSON.stringify([String(key), String(comparable(of))])));
};

type Outcome = { readonly value: unknown } | { readonly refusal: unknown };

const evaluated = ({ expr, disableCheck, bindings = {} }: SpecCase): Outcome => {
  try {
    const input = Object.fromEntries(
      Object.entries(bindings).map(([name, { value = {} }]) => [name, plain(value)]),
    );
    const expression = celEnvironment(Object.keys(input)).parse(expr);
    const checked = expression.check();
    if (!disableCheck && !checked.valid) return { refusal: checked.error };
    return { value: expression(input) as unknown };
  } catch (error) {
    return { refusal: error };
  }
};

const isAsExpected = ({ value, evalError }: SpecCase, outcome: Outcome): boolean => {
  if (evalError !== undefined) return 'refusal' in outcome;
  const expected = value === undefined ? true : plain(value);
  if ('refusal' in outcome || expected === undefined) return false;
  return equal(comparable(outcome.value), comparable(expected));
};

const equal = (a: unknown, b: unknown): boolean => {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
};

/** Of a kind that a condition cannot have: it has to be true or false in the end, and its input is JSON. */
const isIncomparable = ({ value }: SpecCase): boolean => value !== undefined && plain(value) === undefined;

const used = new Set<Exclusion>();

const unexplained = (one: NamedCase): string | undefined => {
  const outcome = evaluated(one.spec);
  if (isAsExpected(one.spec, outcome)) return undefined;
  if ('value' in outcome && (isIncomparable(one.spec) || one.file === 'type_deductions')) return undefined;
  const reason = ('refusal' in outcome ? REFUSED : DIFFERENT).find(({ of }) => of.test(one.label));
  if (reason === undefined) return `${one.label} → ${String(Object.values(outcome)[0])}`;
  used.add(reason);
  return undefined;
};

describe('a condition, against the conformance data of CEL', () => {
  it.each([...new Set(cases.map(({ file }) => file))])(
    'says what the specification says, or is excluded with a reason: %s',
    (file) => {
      const found = cases.filter((one) => one.file === file).map(unexplained);
      expect(found.filter((one) => one !== undefined)).toEqual([]);
    },
  );

  it('agrees in a thousand cases, and has no exclusion that no case needs', () => {
    const agreeing = cases.filter(({ spec }) => isAsExpected(spec, evaluated(spec)));
    expect(agreeing.length).toBeGreaterThanOrEqual(1_000);
    expect([...REFUSED, ...DIFFERENT].filter((one) => !used.has(one))).toEqual([]);
  });
});
