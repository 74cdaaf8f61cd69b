import type { HistoryVerb } from './operations/verbs.ts';
import { DEFAULT_ROOT } from './subjects.ts';

/** Subjects of the history, under the root of all. */
export const historySubjectsOf = (root: string = DEFAULT_ROOT) => ({
  api: (verb: HistoryVerb) => `${root}.history.${verb}`,
  group: `${root}.history`,
});
