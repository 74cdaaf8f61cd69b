import { nearest } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { exactTermsIn } from './documents/references.ts';
import { shapeOf } from './documents/shape.ts';
import { documentsOf } from './documents/task-documents.ts';
import type { TaskFacts } from './facts.ts';
import { causeWords } from './fingerprint/cause-words.ts';
import { failedTestOf } from './fingerprint/failed-test.ts';
import { fingerprintOf } from './fingerprint/fingerprint.ts';
import { plainText, referencesIn, scrub } from './fingerprint/scrub.ts';
import { framesOf, isStackLine } from './fingerprint/stack.ts';
import { slowFloods } from './floods.arbitraries.ts';
import { structuredOf } from './output/structured.ts';
import { weighedLines } from './output/telling-lines.ts';
import { looksRandom } from './redact/entropy.ts';
import { redactArgs, redactText } from './redact/redact.ts';
import { isSecretKey } from './redact/secrets.ts';
import { parseQuery } from './search/query.ts';
import { looksExact, termsOf } from './search/terms.ts';
import { pointInTime } from './search/when.ts';
import { cut, singleLine, partsOf, stemOf, tokensOf, wordSetOf } from './text/words.ts';

const NOW = 1_795_154_400_000;
const failedWith = (text: string): TaskFacts => ({
  id: 'task-1',
  namespace: 'default',
  project: 'shop',
  type: 'command',
  band: 'normal',
  submittedAt: 1,
  attempts: [
    {
      n: 1,
      worker: 'w',
      startedAt: 1,
      endedAt: 2,
      outcome: 'failed',
      error: { code: 'COMMAND_FAILED', message: text },
    },
  ],
});

/** Every function that is given a text of a user, and is not just one of these for each word. */
const functions: Readonly<Record<string, (text: string) => unknown>> = {
  cut: (text) => cut(text, 400),
  failedTestOf,
  framesOf,
  looksExact,
  isSecretKey,
  isStackLine,
  looksRandom,
  nearest: (text) => nearest(text, ['count', 'words', 'top-terms', 'summarise']),
  exactTermsIn: (text) => exactTermsIn(text, 64),
  singleLine,
  structuredOf,
  parseQuery: (text) => parseQuery(text, NOW),
  partsOf,
  causeWords,
  plainText,
  pointInTime: (text) => pointInTime(text, NOW),
  redactArgs: (text) => redactArgs([text], 'curl'),
  redactText,
  referencesIn,
  scrub,
  shapeOf: (text) => shapeOf({ [text]: text }),
  stemOf,
  termsOf,
  tokensOf,
  weighedLines,
  wordSetOf,
};

/** Functions that call several of the above. */
const wholes: typeof functions = {
  documentsOf: (text) => documentsOf(failedWith(text)),
  fingerprintOf: (text) => fingerprintOf({ error: { code: 'X', message: text, stack: text }, output: text }),
};

describe('time for 64 KiB of any text is linear in its length, and below 50 ms, in', () => {
  it.each(Object.entries(functions))('%s', { timeout: 300_000 }, (_, work) => {
    expect(slowFloods(work)).toEqual([]);
  });
});

describe('time for 64 KiB of any text is linear in its length, in', () => {
  it.each(Object.entries(wholes))('%s', { timeout: 300_000 }, (_, work) => {
    expect(slowFloods(work, 400)).toEqual([]);
  });
});

describe('slowFloods', () => {
  it('reports only the flood for which work grows quadratically', () => {
    const squareOfHashes = (text: string): number => {
      let sum = 0;
      const steps = text.startsWith('###') ? text.length ** 2 / 64 : text.length;
      for (let at = 0; at < steps; at++) sum = (sum * 31 + at) % 1_000_003;
      return sum;
    };
    expect(slowFloods(squareOfHashes).map(({ flood }) => flood)).toEqual([JSON.stringify('#…\u0001')]);
  });
});
