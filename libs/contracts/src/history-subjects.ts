import { DEFAULT_ROOT } from './subjects.ts';

/** The verbs of the history service; each is a request to `<root>.history.<verb>`. */
export const HISTORY_VERBS = [
  'get',
  'list',
  'stats',
  'events',
  'decisions',
  'search',
  'status',
  'rebuild',
  'optimise',
  'copy',
] as const;
export type HistoryVerb = (typeof HISTORY_VERBS)[number];

/** Subjects of the history, under the root of all. */
export const historySubjectsOf = (root: string = DEFAULT_ROOT) => ({
  api: (verb: HistoryVerb) => `${root}.history.${verb}`,
  group: `${root}.history`,
});
