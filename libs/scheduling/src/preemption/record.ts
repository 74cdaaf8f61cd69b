import { canonicalJson, canonicalText, hash53 } from '@precedent/kernel';
import type { Sha256 } from '@precedent/kernel';
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
  /** SHA-256 of policy and snapshot, in base64url; a shorter hash in records of older versions. Tells a changed record from a changed rule. */
  readonly hash: string;
}

export interface RecordOptions {
  readonly sha256: Sha256;
  /** Of which decisions records are made; of all by default. */
  readonly wanted?: (decision: Decision) => boolean;
}

/** The decisions of a round, as `decide` gives them, and the records of those that are `wanted`. */
export const decideRecorded = (
  snapshot: Snapshot,
  policy: Policy,
  { sha256, wanted = () => true }: RecordOptions,
): { decisions: Decision[]; records: DecisionRecord[] } => {
  const decisions: Decision[] = [];
  const records: DecisionRecord[] = [];
  runRound(snapshot, policy, (round, decision) => {
    decisions.push(decision);
    if (!wanted(decision)) return;
    const part = compacted(round.snapshotAfter(snapshot), decision, policy);
    const hash = digestOf(part, policy, sha256);
    records.push({ v: 1, rule: decision.rule, decision, snapshot: part, policy, hash });
  });
  return { decisions, records };
};

export interface Replay {
  readonly same: boolean;
  /** What differs first, in words. */
  readonly difference?: string;
}

/** Makes the decision of a record again, by the rule of today. */
export const replay = (record: DecisionRecord, sha256: Sha256): Replay => {
  if (!isWhole(record, sha256)) {
    return { same: false, difference: `the record was changed: its hash is not ${record.hash}` };
  }
  const again: unknown = decide(record.snapshot, record.policy);
  const difference = firstDifference([record.decision], again, 'decisions');
  if (difference === undefined) return { same: true };
  const rules =
    record.rule === RULE_VERSION ? `rule ${RULE_VERSION}` : `rule ${record.rule}, now ${RULE_VERSION}`;
  return { same: false, difference: `${rules}: ${difference}` };
};

const isWhole = ({ snapshot, policy, hash }: DecisionRecord, sha256: Sha256): boolean =>
  hash === digestOf(snapshot, policy, sha256) || hash === olderHash(snapshot, policy);

const digestOf = (snapshot: Snapshot, policy: Policy, sha256: Sha256): string =>
  sha256(`{"policy":${policyText(policy)},"snapshot":${canonicalText(snapshot)}}`);

const olderHash = (snapshot: Snapshot, policy: Policy): string =>
  [snapshot, policy].map((part) => hash53(canonicalJson(part)).toString(36)).join('-');

/** A policy is one object for a long time. */
const policyTexts = new WeakMap<Policy, string>();

const policyText = (policy: Policy): string => {
  const text = policyTexts.get(policy) ?? canonicalText(policy);
  policyTexts.set(policy, text);
  return text;
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
