import type { SetAside } from '@precedent/contract-types';
import { cutText, problemOf } from '@precedent/kernel';

/** Limits of what a reader stores about entries that it could not take. */
export const ASIDE_LIMITS = { latest: 100, subjectChars: 200, reasonChars: 300 } as const;

/** Describes an entry, record or document that a reader skips. `redact` is applied to both texts before they are cut. */
export const setAside = (
  { seq, subject, error }: { readonly seq: number; readonly subject: string; readonly error: unknown },
  redact: (text: string) => string = (text) => text,
): SetAside => {
  const { code, message } = problemOf(error);
  return {
    seq,
    subject: cutText(redact(subject), ASIDE_LIMITS.subjectChars),
    reason: cutText(redact(`${code}: ${message}`), ASIDE_LIMITS.reasonChars),
  };
};
