/** Parts of the patterns that find filters in a query: where a phrase begins and ends, and the nouns and outcomes of runs. */

/** Stands in a query where a filter was taken from. */
export const GAP = '\uE001';

/** A phrase begins the query, or follows a filter or a punctuation mark. */
export const START = `(?<=^ ?|[,;:(${GAP}] ?)`;
/** A phrase ends the query, or a filter or a punctuation mark follows. */
export const END = `(?= ?(?:$|[,;)${GAP}]|[.:?!](?: |$)))`;
/** Also before words that begin another part of the sentence. */
export const STOP = `(?= ?(?:$|[,;)${GAP}]|[.:?!](?: |$))| (?:in|on|of|for|from|with|by|at|to|that|which|where|whose|since|during|before|after|between|until|last|this|today|yesterday|older|newer|because|due|about) )`;

export const LEAD =
  '(?:(?:show|list|find|give|get)(?: me)? )?(?:(?:all|only|just|the|any|every|recent|latest|last|my|our|of) ){0,3}';

/** What runs, in the plural: the singular may belong to the name of a task. */
export const RUNS =
  '(?:tasks|runs|jobs|attempts|builds|executions|deployments|deploys|pipelines|workflows|trainings|imports|exports|tests|migrations|backups|syncs|releases|crawls|reports|calls|ones)';
/** Words between an outcome and what ran that cannot mean anything but the run: how often it runs, or a name with a dash, a dot or a digit. */
export const RUN_NAMES =
  '(?:(?:nightly|hourly|daily|weekly|monthly|scheduled|manual|[\\w.]*[-.\\d][\\w.-]*) ){0,2}';

export const FAILURE_NOUNS =
  '(?:failures|errors|crashes|timeouts|cancellations|successes|preemptions|problems|issues|incidents|outages)';

/** The outcome that a word names. */
export const OUTCOMES: Readonly<Record<string, string>> = {
  failed: 'failed',
  failing: 'failed',
  failure: 'failed',
  failures: 'failed',
  broken: 'failed',
  crashed: 'failed',
  unsuccessful: 'failed',
  succeeded: 'completed',
  successful: 'completed',
  successes: 'completed',
  completed: 'completed',
  passed: 'completed',
  passing: 'completed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  cancellations: 'cancelled',
  'timed out': 'timed_out',
  'timed-out': 'timed_out',
  timed_out: 'timed_out',
  timeouts: 'timed_out',
  preempted: 'preempted',
  preemptions: 'preempted',
};

export const OUTCOME =
  '(failed|failing|unsuccessful|crashed|broken|succeeded|successful|completed|passed|passing|cancell?ed|timed[- _]out|preempted)';
