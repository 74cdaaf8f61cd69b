/** What a neighbour had around it: names of what it waited for, what it used or made, what was submitted after it. */
export interface Surroundings {
  readonly task: string;
  /** Whether it is like the task that is asked about. */
  readonly isLike: boolean;
  readonly dependencies: readonly string[];
  readonly artifacts: readonly string[];
  readonly next: readonly string[];
}

export const RELATIONS = ['dependencies', 'artifacts', 'next'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Something that tasks like this one usually have. */
export interface Recommendation {
  readonly relation: Relation;
  readonly name: string;
  /** Tasks like this one that have it, and tasks like this one. */
  readonly count: number;
  readonly of: number;
  /** Share of them, 0 to 1. */
  readonly confidence: number;
  /** How much more usual it is among them than among all: above 1 it belongs to them. */
  readonly lift: number;
  readonly evidence: readonly string[];
}

/** Cases, share and lift below which nothing is recommended. */
export const RECOMMENDATION_MIN = { support: 3, confidence: 0.5, lift: 1.2 } as const;
const LISTED = 10;
const EVIDENCE_MAX = 20;

/** Dependencies, artifacts and next steps that tasks like this one have; never added by themselves. */
export const recommend = (
  neighbours: readonly Surroundings[],
  existing: Partial<Record<Relation, readonly string[]>> = {},
): readonly Recommendation[] => {
  const found = RELATIONS.flatMap((relation) => ofRelation(neighbours, relation));
  return found
    .filter(({ relation, name }) => !existing[relation]?.includes(name))
    .toSorted(
      (a, b) =>
        b.confidence * b.lift - a.confidence * a.lift || b.count - a.count || (a.name < b.name ? -1 : 1),
    )
    .slice(0, LISTED);
};

const ofRelation = (neighbours: readonly Surroundings[], relation: Relation): readonly Recommendation[] => {
  const like = neighbours.filter(({ isLike }) => isLike);
  const names = new Set(like.flatMap((one) => one[relation]));
  return [...names].flatMap((name) => {
    const holders = like.filter((one) => one[relation].includes(name));
    const everywhere = neighbours.filter((one) => one[relation].includes(name)).length / neighbours.length;
    const confidence = holders.length / like.length;
    const one = {
      relation,
      name,
      count: holders.length,
      of: like.length,
      confidence,
      lift: confidence / everywhere,
    };
    return isWorth(one, neighbours.length > like.length)
      ? [{ ...one, evidence: holders.slice(0, EVIDENCE_MAX).map(({ task }) => task) }]
      : [];
  });
};

/** Without others to compare with there is no lift, and the share alone decides. */
const isWorth = (one: Pick<Recommendation, 'count' | 'confidence' | 'lift'>, hasOthers: boolean): boolean =>
  one.count >= RECOMMENDATION_MIN.support &&
  one.confidence >= RECOMMENDATION_MIN.confidence &&
  (!hasOthers || one.lift >= RECOMMENDATION_MIN.lift);
