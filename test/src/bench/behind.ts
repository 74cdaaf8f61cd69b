/** What the code in the slots does until its time is over. */
export type HoldKind = 'ignores' | 'stops' | 'checks' | 'command' | 'cpu';

interface Backlog {
  /** Tasks that wait. */
  readonly count: number;
  /** For how long each holds its slot. */
  readonly holdMs: number;
  readonly hold: HoldKind;
}

/** What runs in all slots. */
export const BEHIND = {
  /** 20 ms each, with 100,000 that wait. */
  short: { count: 100_000, holdMs: 20, hold: 'ignores' },
  /** 10 s each, and each ends when it is aborted. */
  long: { count: 400, holdMs: 10_000, hold: 'stops' },
  /** 10 s each, and each looks every 100 ms whether it is to end. */
  checks: { count: 400, holdMs: 10_000, hold: 'checks' },
  /** 10 s each, and each ignores its signal. */
  uncooperative: { count: 400, holdMs: 10_000, hold: 'ignores' },
  /** Shell commands of 10 s each; every second one ignores SIGTERM. */
  command: { count: 400, holdMs: 10_000, hold: 'command' },
  /** Isolated handlers that compute for 10 s each, without a break. */
  cpu: { count: 400, holdMs: 10_000, hold: 'cpu' },
} as const satisfies Readonly<Record<string, Backlog>>;

export type Behind = keyof typeof BEHIND;
export const BEHIND_KINDS = Object.keys(BEHIND) as readonly Behind[];
