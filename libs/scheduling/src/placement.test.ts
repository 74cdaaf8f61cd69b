import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lacks, placementKey } from './placement.ts';
import type { Placement, WorkerOffer } from './placement.ts';

const anOffer = (offer: Partial<WorkerOffer> = {}): WorkerOffer => ({
  types: ['report'],
  pools: ['default'],
  labels: {},
  resources: {},
  ...offer,
});

const aNeed = (need: Partial<Placement> = {}): Placement => ({
  type: 'report',
  pool: 'default',
  resources: {},
  ...need,
});

describe('what a worker lacks for a task', () => {
  it.each<[string, Partial<WorkerOffer>, Partial<Placement>, string | undefined]>([
    ['nothing when type and pool match', {}, {}, undefined],
    ['one type of several', { types: ['a', 'report'] }, {}, undefined],
    ['a type', { types: ['reports'] }, {}, 'type report'],
    ['any type', { types: [] }, {}, 'type report'],
    ['a pool', {}, { pool: 'gpu' }, 'pool gpu'],
    ['nothing in one of its pools', { pools: ['default', 'gpu'] }, { pool: 'gpu' }, undefined],
    ['a label', {}, { resources: { labels: { zone: 'a' } } }, 'label zone=a'],
    [
      'the value of a label',
      { labels: { zone: 'b' } },
      { resources: { labels: { zone: 'a' } } },
      'label zone=a',
    ],
    [
      'nothing with more labels than required',
      { labels: { zone: 'a', os: 'x' } },
      { resources: { labels: { zone: 'a' } } },
      undefined,
    ],
    ['a label that every object has', {}, { resources: { labels: { toString: 'x' } } }, 'label toString=x'],
    ['cpu', { resources: { cpu: 2 } }, { resources: { cpu: 3 } }, 'cpu 3, it has 2'],
    ['nothing with just enough cpu', { resources: { cpu: 2 } }, { resources: { cpu: 2 } }, undefined],
    [
      'memory',
      { resources: { memoryMb: 100 } },
      { resources: { memoryMb: 101 } },
      'memoryMb 101, it has 100',
    ],
    [
      'nothing when it does not say what it has',
      {},
      { resources: { cpu: 64, memoryMb: 1_000_000 } },
      undefined,
    ],
    ['a GPU that it does not name', {}, { resources: { gpu: 1 } }, 'gpu 1, it has 0'],
    ['a clearance', {}, { security: 'secret' }, 'the clearance for secret'],
    ['another clearance', { clearances: ['other'] }, { security: 'secret' }, 'the clearance for secret'],
    ['nothing with its clearance', { clearances: ['secret'] }, { security: 'secret' }, undefined],
    ['nothing with all clearances', { clearances: ['*'] }, { security: 'secret' }, undefined],
    ['nothing without a label', { clearances: ['secret'] }, {}, undefined],
    ['nothing with a GPU', { resources: { gpu: 1 } }, { resources: { gpu: 1 } }, undefined],
  ])('is %s', (_, offer, need, expected) => {
    expect(lacks(anOffer(offer), aNeed(need))).toBe(expected);
  });
});

const amount = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
const labels = fc.dictionary(fc.constantFrom('zone', 'os'), fc.constantFrom('a', 'b'));
const resources = fc.record({
  cpu: amount,
  memoryMb: amount,
  gpu: amount,
  labels: fc.option(labels, { nil: undefined }),
});
const need: fc.Arbitrary<Placement> = fc.record({
  type: fc.constantFrom('report', 'import'),
  pool: fc.constantFrom('default', 'gpu'),
  resources,
  security: fc.constantFrom(undefined, 'secret', 'health'),
});

const LABELS: Record<string, string>[] = [undefined, 'a', 'b'].flatMap((zone) =>
  [undefined, 'a', 'b'].map((os) => ({ ...(zone && { zone }), ...(os && { os }) })),
);
const AMOUNTS = [0, 1, 2].flatMap((cpu) =>
  [0, 1, 2].flatMap((memoryMb) => [0, 1, 2].map((gpu) => ({ cpu, memoryMb, gpu }))),
);

/** Every worker that differs in what can matter to the needs above. */
const offers: WorkerOffer[] = LABELS.flatMap((known) =>
  AMOUNTS.flatMap((amounts) =>
    ['report', 'import'].flatMap((type) =>
      ['default', 'gpu'].flatMap((pool) =>
        [[], ['secret'], ['health']].map((clearances) => ({
          types: [type],
          pools: [pool],
          clearances,
          labels: known,
          resources: amounts,
        })),
      ),
    ),
  ),
);

const fitting = (placement: Placement): string =>
  offers.map((offer) => (lacks(offer, placement) === undefined ? '1' : '0')).join('');

describe('the key of a placement', () => {
  it('is the same exactly when every worker that fits one task fits the other', () => {
    fc.assert(
      fc.property(need, need, (one, other) => {
        expect(placementKey(one) === placementKey(other)).toBe(fitting(one) === fitting(other));
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order of labels, nor on what is left out or empty', () => {
    const key = placementKey(aNeed());
    expect(placementKey(aNeed({ resources: { labels: {}, cpu: undefined, gpu: 0 } }))).toBe(key);
    const both = placementKey(aNeed({ resources: { labels: { a: '1', b: '2' } } }));
    expect(placementKey(aNeed({ resources: { labels: { b: '2', a: '1' } } }))).toBe(both);
  });
});
