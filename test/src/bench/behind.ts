/** What runs in all slots: how many tasks wait, and for how long each holds its slot. */
export const BEHIND = {
  /** 20 ms each, with 100,000 that wait. */
  short: { count: 100_000, holdMs: 20, stops: false },
  /** 10 s each, and each ends when it is aborted. */
  long: { count: 400, holdMs: 10_000, stops: true },
  /** 10 s each, and each ignores its signal. */
  uncooperative: { count: 400, holdMs: 10_000, stops: false },
} as const;

export type Behind = keyof typeof BEHIND;
export const BEHIND_KINDS = Object.keys(BEHIND) as readonly Behind[];
