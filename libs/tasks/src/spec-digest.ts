import { specBody, specFrame } from '@precedent/contract-types';
import type { JobBody } from '@precedent/contract-types';
import { canonicalText } from '@precedent/kernel';
import type { Sha256 } from '@precedent/kernel';
import { submittedClassOf } from './band-change.ts';
import type { TaskClass } from './task-class.ts';

const frames = new WeakMap<TaskClass, ReturnType<typeof specFrame>>();

/** The same for all tasks of a class, so it is made once, and also stored only once: storing it again costs each task more than the look. */
const frameOf = (taskClass: TaskClass): ReturnType<typeof specFrame> => {
  const known = frames.get(taskClass);
  if (known !== undefined) return known;
  const frame = specFrame(submittedClassOf(taskClass));
  frames.set(taskClass, frame);
  return frame;
};

/**
 * The digest of a task: the SHA-256 of `specText`. It is the same for every repetition of a submission, in whatever order its keys are.
 * `text`: the body as JSON text.
 */
export const specDigestOf = (
  taskClass: TaskClass,
  [body, text]: readonly [body: Readonly<{ [K in keyof JobBody]: JobBody[K] | undefined }>, text: string],
  sha256: Sha256,
): string => {
  const [head, tail] = frameOf(taskClass);
  return sha256(head + specBody(body, text) + tail);
};

/** What two submissions of the same task have in common of their classes, as one text: all but who submits it. */
export const classText = (taskClass: TaskClass): string =>
  canonicalText({ ...submittedClassOf(taskClass), by: undefined });

/** What an idempotency key is compared by: the digest of its task, and its class. */
export const keyDigestOf = (taskClass: TaskClass, digest: string, sha256: Sha256): string =>
  sha256(`[${classText(taskClass)},${canonicalText(digest)}]`);
