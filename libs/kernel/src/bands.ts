/** The four priority bands, most patient first. Their order is the only meaning of their rank. */
export const BANDS = ['low', 'normal', 'high', 'critical'] as const;
export type Band = (typeof BANDS)[number];

/** 0 for `low` … 3 for `critical`. */
export type BandRank = 0 | 1 | 2 | 3;

const RANKS: Record<Band, BandRank> = { low: 0, normal: 1, high: 2, critical: 3 };

export const rankOf = (band: Band): BandRank => RANKS[band];
export const bandOf = (rank: BandRank): Band => BANDS[rank];
export const isBand = (value: unknown): value is Band =>
  typeof value === 'string' && Object.hasOwn(RANKS, value);

/** One value for each band. */
export const perBand = <T>(of: (band: Band) => T): Record<Band, T> => ({
  low: of('low'),
  normal: of('normal'),
  high: of('high'),
  critical: of('critical'),
});

/** Where a submission came from; it picks the band of a task that names none (requirement A1). */
export const ORIGINS = ['interactive', 'project', 'api', 'background'] as const;
export type Origin = (typeof ORIGINS)[number];

const ORIGIN_BANDS: Record<Origin, Band> = {
  interactive: 'critical',
  project: 'high',
  api: 'normal',
  background: 'low',
};

export const defaultBand = (origin: Origin): Band => ORIGIN_BANDS[origin];
