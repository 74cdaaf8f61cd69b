import { namedUuid } from './named-uuid.ts';

const SPACE = '0f4b1f5be5a94d6f8a3c5b7a6a2f1c9d';

/**
 * The id of the task that repeats a task: a task is repeated once, its repetition is what is repeated next. A client cannot choose such an id for
 * a task of its own.
 */
export const redriveIdOf = (id: string): string => namedUuid(SPACE, [id]);
