/** Something that an ordered reader of a log could not take, now or ever: it went on behind it. */
export interface SetAside {
  /** Of the log's entry. */
  readonly seq: number;
  /** The task, document or entry that is missing. */
  readonly subject: string;
  /** Redacted, at most `ASIDE_LIMITS.reasonChars`. */
  readonly reason: string;
}

/** How many there were, and the latest of them, the latest first. */
export interface SetAsides {
  readonly count: number;
  readonly latest: readonly SetAside[];
}

export const ASIDE_LIMITS = { latest: 100, subjectChars: 200, reasonChars: 300 } as const;
