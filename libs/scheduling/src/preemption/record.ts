import { canonicalJson, hash53 } from '@precedent/kernel';
import { compacted } from './compact.ts';
import { decide, runRound } from './decide.ts';
import type { Decision } from './decision.ts';
import { RULE_VERSION } from './policy.ts';
import type { Policy } from './policy.ts';
import type { Snapshot } from './snapshot.ts';

/** A decision and what it takes to make it again; plain JSON. */
export interface DecisionRecord {
  readonly v: 1;
  readonly rule: number;
  readonly decision: Decision;
  /** The part of the moment that the decision rests on, with earlier decisions of the same round applied. */
  readonly snapshot: Snapshot;
  readonly policy: Policy;
  /** Of snapshot and policy: tells a changed record from a changed rule. */
  readonly hash: string;
}

/** The decisions of a round, as `decide` gives them, and the records of those that are `wanted`. */
export const decideRecorded = (
  snapshot: Snapshot,
  policy: Policy,
  wanted: (decision: Decision) => boolean = () => true,
): { decisions: Decision[]; records: DecisionRecord[] } => {
  const decisions: Decision[] = [];
  const records: DecisionRecord[] = [];
  runRound(snapshot, policy, (round, decision) => {
    decisions.push(decision);
    if (!wanted(decision)) return;
    const part = compacted(round.snapshotAfter(snapshot), decision, policy);
    records.push({ v: 1, rule: decision.rule, decision, snapshot: part, policy, hash: hashOf(part, policy) });
  });
  return { decisions, records };
};

export interface Replay {
  readonly same: boolean;
  /** What differs first, in words. */
  readonly difference?: string;
}

/** Makes the decision of a record again, by the rule of today. */
export const replay = (record: DecisionRecord): Replay => {
  if (hashOf(record.snapshot, record.policy) !== record.hash) {
    return { same: false, difference: `the record was changed: its hash is not ${record.hash}` };
  }
  const again: unknown = decide(record.snapshot, record.policy);
  const difference = firstDifference([record.decision], again, 'decisions');
  if (difference === undefined) return { same: true };
  const rules =
    record.rule === RULE_VERSION ? `rule ${RULE_VERSION}` : `rule ${record.rule}, now ${RULE_VERSION}`;
  return { same: false, difference: `${rules}: ${difference}` };
};

const hashOf = (snapshot: Snapshot, policy: Policy): string =>
  `${hash53(canonicalJson(snapshot)).toString(36)}-${policyHash(policy)}`;

/** A policy is one object for a long time. */
const policyHashes = new WeakMap<Policy, string>();

const policyHash = (policy: Policy): string => {
  const known = policyHashes.get(policy);
  if (known !== undefined) return known;
  const hash = hash53(canonicalJson(policy)).toString(36);
  policyHashes.set(policy, hash);
  return hash;
};

const firstDifference = (then: unknown, now: unknown, path: string): string | undefined => {
  if (canonicalJson(then) === canonicalJson(now)) return undefined;
  if (!isTree(then) || !isTree(now)) return `${path} was ${canonicalJson(then)}, is ${canonicalJson(now)}`;
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  for (const key of [...keys].sort()) {
    const difference = firstDifference(then[key], now[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
};

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
