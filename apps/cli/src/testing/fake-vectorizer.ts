import type { Client } from '@precedent/client';
import { runFake } from './fake-cli.ts';

type Search = Client['search'];
type Call = readonly [verb: string, ...args: unknown[]];

/** A vectorizer that gives one answer and records the requests. */
export const answering = (answer: object) => {
  const calls: Call[] = [];
  const verb =
    (name: string) =>
    (...args: unknown[]): Promise<never> => {
      calls.push([name, ...args]);
      return Promise.resolve(answer as never);
    };
  const verbs = [
    'find',
    'documents',
    'collections',
    'seen',
    'diff',
    'predict',
    'recommend',
    'failures',
    'resolve',
    'remember',
    'recall',
  ];
  const search = Object.fromEntries(verbs.map((name) => [name, verb(name)])) as unknown as Partial<Search>;
  return { calls, run: (...argv: string[]) => runFake(argv, { client: { search }, env: { USER: 'ada' } }) };
};
