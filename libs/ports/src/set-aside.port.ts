/** Of what a reader keeps of the entries that it could not take. */
export const ASIDE_LIMITS = { latest: 100, subjectChars: 200, reasonChars: 300 } as const;
