import { cutText, fieldOf, messageOf } from '@precedent/kernel';

/** Characters of the stack of one error: its message and about ten frames. */
const STACK_CHARS = 2 * 1024;
const CAUSES_MAX = 4;

/** The stacks of an error and of its causes, outermost first. An error without one is described by its message. */
export const stackTextOf = (error: unknown): string => {
  const stacks: string[] = [];
  for (
    let cause = error;
    cause !== undefined && stacks.length < CAUSES_MAX;
    cause = fieldOf(cause, 'cause')
  ) {
    const stack = fieldOf(cause, 'stack');
    stacks.push(cutText(typeof stack === 'string' ? stack : messageOf(cause), STACK_CHARS));
  }
  return stacks.join('\nCaused by: ');
};
