import type { StepLink } from '@precedent/orchestration';
import { cutText } from '@precedent/kernel';
import { sha256Hex } from '@precedent/ports';

const ID_CHARS_MAX = 64;
/** Characters of the digest that stands for what does not fit. */
const DIGEST_CHARS = 20;

/**
 * The id of the task of a step, which follows from its run and its place in it: so no crash starts it twice. A long one ends with a digest.
 */
export const stepTaskId = ({ run, step, index, round, compensates }: StepLink): string => {
  const place = [step, index, round && `r${round}`, compensates && 'undo'].filter(
    (part) => part !== undefined,
  );
  const id = [run, ...place].join('--');
  if (id.length <= ID_CHARS_MAX) return id;
  const digest = cutText(sha256Hex(id), DIGEST_CHARS);
  return `${cutText(id, ID_CHARS_MAX - DIGEST_CHARS - 1)}-${digest}`;
};
