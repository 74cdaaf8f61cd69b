/** A name that a newcomer would have to translate, and the term of the field. */
export interface Word {
  /** As it is written in lower case; several words of a name or a text with spaces between them. */
  readonly words: readonly string[];
  readonly instead: string;
  /** Names of code only, or texts only; both, where it is left out. A word of plain English may be good in a text. */
  readonly only?: 'names' | 'texts';
  /** The start of the paths where it is wrong; everywhere, where it is left out. */
  readonly within?: readonly string[];
}

/** Names of ours, and what the field calls them. */
export const WORDS: readonly Word[] = [
  { words: ['desk', 'desks'], instead: 'the name of what it does: WorkerSessions, Explainer, Preemptor' },
  { words: ['picture'], instead: 'snapshot', only: 'names' },
  { words: ['lesson', 'lessons'], instead: 'attempt memory, replan history' },
  { words: ['fruitless'], instead: 'backoff for unschedulable heads' },
  { words: ['stranger', 'strangers'], instead: 'orphaned lease' },
  { words: ['rival', 'rivals'], instead: 'previous session' },
  { words: ['told'], instead: 'emitted, reported' },
  { words: ['asked'], instead: 'requested, query' },
  { words: ['wish', 'wishes', 'wished'], instead: 'spec, config' },
  { words: ['ground'], instead: 'context', only: 'names' },
  { words: ['shelf', 'shelves'], instead: 'collection, CollectionSet' },
  { words: ['bare'], instead: 'unembedded', only: 'names' },
  { words: ['stories', 'story'], instead: 'facts projection, batch' },
  { words: ['surroundings', 'neighbourhood'], instead: 'co-occurring tasks, temporal neighbours' },
  { words: ['onlooker', 'onlookers'], instead: 'status reader' },
  { words: ['kept', 'keeping', 'keeper'], instead: 'checkpoint, durable state, supervised', only: 'names' },
  { words: ['undo', 'undone', 'undoes'], instead: 'rollback', only: 'names' },
  { words: ['door', 'doors'], instead: 'request ingress, stream ingress, endpoint' },
  { words: ['intake'], instead: 'ingress, in-flight counter' },
  { words: ['parcel', 'parcels'], instead: 'batch' },
  { words: ['draft', 'drafts'], instead: 'encoded task', only: 'names' },
  { words: ['homeless'], instead: 'unroutable' },
  { words: ['silence'], instead: 'NoAnswer', only: 'names', within: ['libs/client'] },
  { words: ['terms'], instead: 'options', only: 'names' },
  { words: ['roll call', 'beacon', 'beacons'], instead: 'leader heartbeat, announcement' },
  { words: ['handed out'], instead: 'delivered' },
  { words: ['linger', 'lingers', 'lingering'], instead: 'releasing; group-commit delay' },
  { words: ['hurry'], instead: 'flush early' },
  { words: ['embody', 'embodies', 'embodied'], instead: 'acquire from the actor pool' },
  { words: ['resting'], instead: 'idle', only: 'names' },
  {
    words: ['moment'],
    instead: '(state, context) snapshot',
    only: 'names',
    within: ['libs/tasks', 'libs/engine'],
  },
  { words: ['lane', 'lanes'], instead: 'scheduling class, queue' },
  { words: ['spared'], instead: 'kept (not evicted)' },
  { words: ['recall', 'recalled'], instead: 'reclaim', within: ['libs/scheduling', 'libs/engine'] },
  { words: ['park', 'parked', 'parks'], instead: 'evict waiting', only: 'names' },
  { words: ['stolen', 'steal', 'steals', 'robbed'], instead: 'reservation preempted' },
  { words: ['pace', 'paces'], instead: 'throughput' },
  { words: ['left behind'], instead: 'lagging beyond retention' },
  {
    words: ['proof', 'prove'],
    instead: 'ownership barrier',
    only: 'names',
    within: ['libs/engine', 'libs/nats'],
  },
  { words: ['attend', 'attends'], instead: 'supervise', only: 'names' },
  { words: ['conclude', 'concludes'], instead: 'classify the exit', only: 'names' },
  { words: ['clear out'], instead: 'killProcessTree', only: 'names' },
  { words: ['stopper', 'stoppers'], instead: 'terminator' },
  { words: ['launch'], instead: 'spawn', only: 'names', within: ['libs/work'] },
  { words: ['repeater'], instead: 'retrying requester' },
  {
    words: ['freezer'],
    instead: 'suspend controller',
    only: 'names',
    within: ['libs/client', 'libs/engine'],
  },
  { words: ['remembering'], instead: 'vectorizer service' },
  { words: ['clerk', 'clerks'], instead: 'baseline server' },
  { words: ['fate', 'fates'], instead: 'outcome' },
  { words: ['second name'], instead: 'alias' },
  { words: ['reads alike', 'read alike'], instead: 'semantically similar' },
  { words: ['is thought of'], instead: 'hypothetical task' },
  { words: ['whoever', 'whomever', 'nobody'], instead: 'the thing by its name' },
  { words: ['anew'], instead: 'again', only: 'texts' },
  { words: ['beside'], instead: 'next to', only: 'texts' },
  { words: ['of late'], instead: 'recently', only: 'texts' },
];

/** A name that stays, because data or programs outside of this repository hold it. */
export interface Exception {
  /** The whole identifier, file name or text in which the word stands. */
  readonly name: string;
  /** The start of the paths where it may stand. */
  readonly within: readonly string[];
  readonly reason: string;
}

/** Names on the wire and in the journal. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'undo',
    within: ['libs/contract-types/src/worker-protocol.ts', 'libs/contracts/src/engine-messages.ts'],
    reason: 'a field of an assignment on the wire',
  },
  { name: 'fate', within: ['libs/contract-types'], reason: 'a field of the answer to a dry run' },
  { name: '`pace`', within: ['libs/contract-types'], reason: 'a value in the answer to `why`' },
  ...['kept', 'spared', 'undo', 'undone'].map((name) => ({
    name,
    within: ['libs/tasks/src/envelope.ts', 'libs/tasks/src/golden'],
    reason: 'kinds of records and of steps in the journal',
  })),
  ...['undo', 'failedUndo'].map((name) => ({
    name,
    within: ['libs/tasks/src/durable-state.ts'],
    reason: 'fields of stored snapshots and histories',
  })),
  ...['stolen', 'spared', 'undoMs', 'recallMs', 'parked', 'recall', 'park'].map((name) => ({
    name,
    within: [
      'libs/access',
      'libs/scheduling',
      'libs/semantic',
      'libs/engine',
      'libs/ports',
      'libs/otel',
      'test',
      'docs/preemption.md',
      'docs/telemetry.md',
    ],
    reason: 'fields and values of recorded decisions, their snapshots and policies',
  })),
  {
    name: 'fate',
    within: [
      'libs/access',
      'libs/scheduling',
      'libs/ports',
      'libs/contracts',
      'libs/otel',
      'apps/cli',
      'docs/telemetry.md',
      'test',
    ],
    reason: 'a field of the answer to a dry run',
  },
  {
    name: 'door',
    within: ['libs/client', 'apps/cli', 'apps/vectorizer', 'test'],
    reason: 'an option of the SDK, and a field of its answers and of what the command line prints',
  },
  { name: 'DoorChoice', within: ['libs/client', 'test'], reason: 'an exported type of the SDK' },
  {
    name: 'undo',
    within: ['apps/worker', 'libs/client', 'libs/engine/src/workers', 'test', 'tools/src/generators'],
    reason: 'the kind of a step on the wire, and limits of it',
  },
  { name: 'undone', within: ['libs/client', 'test'], reason: 'the kind of a step on the wire' },
  { name: 'rollCall', within: ['libs/client'], reason: 'the subject on the wire' },
  {
    name: 'precedent_door_refusals_total',
    within: ['deploy', 'docs/telemetry.md', 'libs/otel', 'test'],
    reason: 'a metric, which dashboards and alerts of users name',
  },
  {
    name: 'roll-call',
    within: ['docs/ARCHITECTURE.md', 'libs/contracts'],
    reason: 'a subject of the worker protocol',
  },
  {
    name: 'throughput-remembering',
    within: ['docs/benchmarks.md', 'test'],
    reason: 'a benchmark, whose earlier figures are published under this name',
  },
  ...['terms', 'termsOf', 'plainTermsOf', 'termsOfToken', 'TERMS_MAX'].map((name) => ({
    name,
    within: ['libs/semantic', 'libs/qdrant'],
    reason: 'terms of a search, as in every search engine',
  })),
  {
    name: 'nobody',
    within: ['test/src/eval/set'],
    reason: 'texts of the labelled set, for which scores are published',
  },
  {
    name: 'bare',
    within: ['test'],
    reason: 'the field of stored points that have no vector yet',
  },
  {
    name: 'kept_records_per_s',
    within: ['test/src/bench'],
    reason: 'a metric of a benchmark, whose earlier figures are published under this name',
  },
  {
    name: 'bare',
    within: [
      'libs/work/src/builtin/vectors',
      'libs/semantic/src/collections/embedded-collection.ts',
      'libs/semantic/src/documents/document.ts',
    ],
    reason: 'a field of stored points',
  },
  {
    name: 'ended when it was asked to',
    within: ['libs/semantic'],
    reason: 'a text of stored documents, whose vectors would differ with another one',
  },
  { name: 'topTerms', within: ['libs/work'], reason: 'a field of the results of text.process' },
  {
    name: '`pace`',
    within: ['docs/semantic.md'],
    reason: 'a value in the answer to `why`',
  },
  { name: 'pace', within: ['libs/engine/src/explain'], reason: 'a value in the answer to `why`' },
];

/** The start of the paths that hold none of these words any more. */
export const CLEAN: readonly string[] = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'apps/engine',
  'apps/vectorizer',
  'apps/worker',
  'deploy',
  'docs/ARCHITECTURE.md',
  'docs/TESTING.md',
  'docs/adr',
  'docs/benchmarks.md',
  'docs/cli.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/operations.md',
  'docs/preemption.md',
  'docs/semantic.md',
  'docs/simulator.md',
  'docs/telemetry.md',
  'examples',
  'libs/access',
  'libs/client',
  'libs/config',
  'libs/contract-types',
  'libs/contracts',
  'libs/engine',
  'libs/history',
  'libs/lifecycle',
  'libs/nats',
  'libs/otel',
  'libs/memory',
  'libs/parquet',
  'libs/processes',
  'libs/ports',
  'libs/qdrant',
  'libs/scheduling',
  'libs/simulator',
  'libs/sqlite',
  'libs/tasks',
  'libs/transformers',
  'libs/work',
  'test',
  'tools',
];
