import { describe, expect, it } from 'vitest';
import { judge } from './checker.ts';
import type { Ledger, SeenEntry, SeenRecord } from './checker.ts';

const submitted = (id: string): SeenRecord => ({ kind: 'submitted', id });
const leased = (id: string): SeenRecord => ({ kind: 'leased', id });
const settled = (id: string, state = 'completed'): SeenRecord => ({ kind: 'settled', id, state });

const entry = (seq: number, epoch: number, ...records: SeenRecord[]): SeenEntry => ({ seq, epoch, records });
const ledger = (...ids: string[]): Ledger => ({ acknowledged: ids, sent: new Set(ids) });

describe('judge', () => {
  it('finds nothing wrong with tasks that were submitted once and settled once', () => {
    const entries = [
      entry(1, 1, { kind: 'epoch' }),
      entry(2, 1, submitted('a'), submitted('b')),
      entry(3, 2, { kind: 'epoch' }),
      entry(4, 2, leased('a'), leased('b')),
      entry(5, 2, settled('a'), settled('b', 'failed')),
    ];
    expect(judge(entries, ledger('a', 'b'))).toEqual({
      submitted: 2,
      settled: 2,
      leases: 2,
      verdicts: { completed: 1, failed: 1 },
      epochs: 2,
      voidEntries: 0,
      faults: [],
    });
  });

  it('finds a task that was acknowledged and lost', () => {
    const entries = [entry(1, 1, submitted('a')), entry(2, 1, settled('a'))];
    expect(judge(entries, ledger('a', 'lost')).faults).toEqual([
      'lost was acknowledged and is not in the journal',
    ]);
  });

  it('finds a task that was accepted and never settled', () => {
    const entries = [entry(1, 1, submitted('a')), entry(2, 1, leased('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['a was accepted and never settled']);
  });

  it('finds a task that settled twice, also across epochs', () => {
    const entries = [entry(1, 1, submitted('a')), entry(2, 1, settled('a')), entry(3, 2, settled('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['a settled 2 times']);
  });

  it('finds a task that was submitted twice', () => {
    const entries = [entry(1, 1, submitted('a')), entry(2, 1, submitted('a')), entry(3, 1, settled('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['a was submitted 2 times']);
  });

  it('finds a task with records after its verdict', () => {
    const entries = [entry(1, 1, submitted('a')), entry(2, 1, settled('a')), entry(3, 1, leased('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['a went on after its verdict']);
  });

  it('finds tasks that no client sent, and verdicts of tasks that were never submitted', () => {
    const entries = [entry(1, 1, settled('ghost'))];
    expect(judge(entries, ledger()).faults).toEqual([
      'ghost is in the journal and no client sent it',
      'ghost has a history and was never submitted',
    ]);
  });

  it('finds a gap in the sequences', () => {
    const entries = [entry(1, 1, submitted('a')), entry(3, 1, settled('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['entry 3 follows entry 1']);
  });

  it('ignores an entry of an older epoch after a newer one, and counts it as void', () => {
    const entries = [
      entry(1, 1, submitted('a')),
      entry(2, 2, { kind: 'epoch' }),
      entry(3, 1, settled('a')),
      entry(4, 2, settled('a')),
    ];
    const judgement = judge(entries, ledger('a'));
    expect(judgement.faults).toEqual([]);
    expect(judgement.voidEntries).toBe(1);
  });

  it('reports a task as lost when only a void entry holds its submission', () => {
    const entries = [entry(1, 2, { kind: 'epoch' }), entry(2, 1, submitted('a'), settled('a'))];
    expect(judge(entries, ledger('a')).faults).toEqual(['a was acknowledged and is not in the journal']);
  });

  it('accepts a task without an acknowledgement, in the journal or not, and requires its verdict where it is there', () => {
    const sent = new Set(['a', 'b']);
    const open = [entry(1, 1, submitted('a'))];
    expect(judge(open, { acknowledged: [], sent }).faults).toEqual(['a was accepted and never settled']);
    expect(judge([], { acknowledged: [], sent }).faults).toEqual([]);
  });
});
