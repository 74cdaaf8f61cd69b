import { describe, expect, it } from 'vitest';
import { WORKER_SCHEMAS, workerProtocolPage } from './worker-protocol.ts';
import { WORKER_EXAMPLES } from './worker-protocol.examples.ts';

describe('the page of the worker protocol', () => {
  it.each(Object.entries(WORKER_EXAMPLES))(
    'shows an example of %s that its schema takes, field by field',
    (name, example) => {
      expect(WORKER_SCHEMAS[name as keyof typeof WORKER_SCHEMAS].parse(example)).toEqual(example);
    },
  );

  it('has every message, subject and limit', () => {
    const text = workerProtocolPage();
    for (const part of [
      ...Object.keys(WORKER_SCHEMAS).map((name) => `\n### ${name}\n`),
      ...Object.values(WORKER_EXAMPLES).map((example) => JSON.stringify(example, null, 2)),
      'precedent.v1.cell.<cell>.report',
      'STALE_EPOCH',
      '65536',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('undefined');
  });
});
