import type { TextSeal } from '@precedent/ports';

/** Which task a handle is of. */
export interface TaskRef {
  readonly id: string;
  readonly namespace: string;
  /** It was given for waiting, and not for submitting the task: it ends nothing. */
  readonly isWatch: boolean;
}

/** The handles under which clients know tasks. */
export interface TaskHandles {
  seal(ref: TaskRef, owner: string): string;
  /** `undefined`: not made by us, or for another owner. */
  open(handle: string, owner: string): TaskRef | undefined;
}

/** Of a handle with the longest id and namespace. */
const CHARS_MAX = 400;

/**
 * Handles that hold what they are of, sealed: no gateway stores one, and each one reads those of the others. They are no credential: what
 * is done with one is checked again for its caller.
 */
export const taskHandles = (sealed: TextSeal): TaskHandles => ({
  seal: ({ id, namespace, isWatch }, owner) => sealed.seal(JSON.stringify([id, namespace, isWatch]), owner),
  open: (handle, owner) => {
    const text = handle.length > CHARS_MAX ? undefined : sealed.open(handle, owner);
    if (text === undefined) return undefined;
    // We sealed it ourselves, so it is well-formed.
    const [id, namespace, isWatch] = JSON.parse(text) as [string, string, boolean];
    return { id, namespace, isWatch };
  },
});
