import { namedOperations } from '@precedent/contracts';
import type { Operation, OperationName } from '@precedent/contracts';

/** The name of the tool, or why an operation is none. */
type ToolEntry = string | { readonly missing: string };

const missing = (reason: string): ToolEntry => ({ missing: reason });

const FOR_PEOPLE = missing(
  'keys, grants, signers and the audit trail are for people: the command line and HTTP have them',
);
const UPKEEP = missing('upkeep of the cell is for its operators: the command line and HTTP have it');
const DELETES = missing('what is deleted is gone: the command line and HTTP have it');

/** Every operation is a tool or says why not: the type requires an entry for each of the catalogue. */
export const TOOLS: Readonly<Record<OperationName, ToolEntry>> = {
  'submit.submit': 'submit_task',
  'task.get': 'get_task',
  'task.list': 'list_tasks',
  'task.wait': 'wait_task',
  'task.cancel': 'cancel_task',
  'task.why': 'explain_task',
  'task.dryRun': 'dry_run_task',
  'task.decisions': 'list_decisions',
  'task.status': 'get_status',
  'task.workers': 'list_workers',
  'task.delete': DELETES,
  'task.deleteForgotten': DELETES,
  'history.list': 'list_history',
  'history.get': 'get_history',
  'history.stats': 'get_stats',
  'history.logs': 'get_logs',
  'history.search': 'find_words',
  'history.events': 'list_events',
  'history.feed': missing('a stream for programs: list_events has what happened to a task'),
  'history.decisions': missing(
    'the same as list_decisions, for older ones: the command line and HTTP have it',
  ),
  'history.status': UPKEEP,
  'history.rebuild': UPKEEP,
  'history.optimise': UPKEEP,
  'history.copy': UPKEEP,
  'search.find': 'search_history',
  'search.seen': 'similar_failures',
  'search.diff': 'what_changed',
  'search.predict': 'predict_task',
  'search.recommend': 'recommend',
  'search.failures': 'list_failures',
  'search.resolve': 'remember_resolution',
  'search.remember': 'remember_note',
  'search.recall': 'recall_notes',
  'search.documents': 'search_documents',
  'search.collections': 'list_collections',
  'search.status': UPKEEP,
  'access.keys': FOR_PEOPLE,
  'access.createKey': FOR_PEOPLE,
  'access.rotateKey': FOR_PEOPLE,
  'access.revokeKey': FOR_PEOPLE,
  'access.grants': FOR_PEOPLE,
  'access.addGrant': FOR_PEOPLE,
  'access.removeGrant': FOR_PEOPLE,
  'access.signers': FOR_PEOPLE,
  'access.addSigner': FOR_PEOPLE,
  'access.removeSigner': FOR_PEOPLE,
  'access.audit': FOR_PEOPLE,
};

/** An operation that is a tool. */
export interface Tool {
  readonly name: string;
  readonly operation: Operation;
}

/** All tools, in an order that stays: a model's cache holds the list. */
export const ALL_TOOLS: readonly Tool[] = namedOperations().flatMap(({ name, operation }) => {
  const entry = TOOLS[name];
  return typeof entry === 'string' ? [{ name: entry, operation }] : [];
});
