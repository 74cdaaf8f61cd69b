import { specBody, specFrame } from '@precedent/contract-types';
import type { Assignment } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';

/** SHA-256 of a text in UTF-8, in base64url: at once where the platform can, so that a handler starts in the same turn. */
export type TextDigest = (text: string) => string | Promise<string>;

/**
 * Throws, or rejects, INTEGRITY_FAILED when the assignment is not what was submitted. `undefined`: it is, or the engine that accepted it
 * was too old to say.
 */
export const checkSpec = (job: Assignment, sha256: TextDigest): Promise<void> | undefined => {
  if (job.digest === undefined) return undefined;
  const [head, tail] = frameOf(job);
  const found = sha256(head + specBody(job.task) + tail);
  if (typeof found !== 'string') return found.then((text) => refuseOther(job, text));
  refuseOther(job, found);
  return undefined;
};

/** Of the last task without labels of any kind. The tasks of a worker are alike, so it usually fits the next. */
let last: Pick<Assignment, 'namespace' | 'project' | 'type' | 'band'> | undefined;
let lastFrame: ReturnType<typeof specFrame> | undefined;

const frameOf = (job: Assignment): ReturnType<typeof specFrame> => {
  const { namespace, project, type, band, labels, security } = job;
  if (labels !== undefined || security !== undefined) return specFrame(job);
  const isSame =
    last?.type === type && last.namespace === namespace && last.project === project && last.band === band;
  if (isSame && lastFrame) return lastFrame;
  last = { namespace, project, type, band };
  lastFrame = specFrame(last);
  return lastFrame;
};

const refuseOther = ({ id, digest }: Assignment, found: string): void => {
  if (found === digest) return;
  const message = `task ${id} came with the SHA-256 ${found}, it was submitted with ${digest}`;
  throw new AppError('INTEGRITY_FAILED', message, { details: { expected: digest, found } });
};
