import { celConditions } from '@precedent/cel';
import type { ConditionInput } from '@precedent/ports';
import { median } from '../stats.ts';
import type { Figures } from '../stats.ts';
import { program } from './program.ts';

export interface ConditionsParams {
  readonly evaluations: number;
}

const inputOf = (result: unknown): ConditionInput => ({ id: 'a', state: 'completed', result, error: null });

/** What people write. */
const USUAL: readonly (readonly [text: string, result: unknown])[] = [
  ['result.score >= 0.8', { score: 0.7 }],
  ['has(result.report) && result.coverage >= 0.8', { report: 'r', coverage: 0.9 }],
  ['state == "completed" && result.files.exists(f, f.endsWith(".ts"))', { files: ['a.md', 'b.ts', 'c.ts'] }],
];

const repeated = (count: number, part: string, between: string): string =>
  Array.from({ length: count }, () => part).join(between);
const values = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** As large as the limits allow, each in another way. */
const HOSTILE: readonly (readonly [text: string, result: unknown])[] = [
  [`(${repeated(36, 'result', ' + ')}).lowerAscii() == "b"`, 'a'.repeat(64_000)],
  ['result.split("").join("bb").split("b").join("ccc") == ""', 'a'.repeat(4_500)],
  [`result.all(x, ${repeated(8, 'x + 1.0 > 0.0', ' && ')})`, values(900)],
  ['result.all(x, x in result)', values(400)],
  ['result.l.all(x, result.s.lowerAscii() != "b")', { s: 'a'.repeat(6_000), l: values(60) }],
  ['re(result, "(a|aa|aaa)*b$") || re(result, "(x+x+)+y") || re(result, "(a*)*c")', 'a'.repeat(4_096)],
  [repeated(30, 'result.a.b.c.d == 1', ' && '), { a: { b: { c: { d: 1 } } } }],
];

const secondsOf = (run: () => void): number => {
  const startedAt = performance.now();
  run();
  return (performance.now() - startedAt) / 1_000;
};

/** Microseconds of the slowest of them: the median of several evaluations of each. */
const slowestUs = (rounds: number): number => {
  const conditions = celConditions();
  const times = HOSTILE.map(([text, result]) => {
    const input = inputOf(result);
    const { failure } = conditions.decide(text, input);
    if (failure !== undefined) throw new Error(`${text.slice(0, 50)} is not evaluated: ${failure}`);
    return median(
      Array.from({ length: rounds }, () => secondsOf(() => void conditions.decide(text, input)) * 1e6),
    );
  });
  return Math.max(...times);
};

program(async ({ evaluations }: ConditionsParams, { ready, go }): Promise<Figures> => {
  const conditions = celConditions();
  const usual = USUAL.map(([text, result]) => [text, inputOf(result)] as const);
  const evaluate = (count: number): void => {
    for (let n = 0; n < count; n += usual.length)
      for (const [text, input] of usual) conditions.decide(text, input);
  };
  evaluate(evaluations / 10);
  ready();
  await go;
  const seconds = secondsOf(() => evaluate(evaluations));
  return { evals_per_s: evaluations / seconds, hostile_us: slowestUs(9) };
});
