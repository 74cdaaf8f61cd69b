import { namedOperations } from '@precedent/contracts';
import type { Operation, OperationName } from '@precedent/contracts';

/** The name of the tool, or why an operation is none. */
type ToolEntry = string | { readonly missing: string };

const missing = (reason: string): ToolEntry => ({ missing: reason });

const FOR_PEOPLE = missing(
  'keys, grants, signers and the audit trail are for people: the command line and HTTP have them',
);
const SENDS_OUT = missing(
  'a webhook sends what its maker may read to any address, and has a secret that no model should see: the command line and HTTP have it',
);
const UPKEEP = missing('upkeep of the cell is for its operators: the command line and HTTP have it');
const DELETES = missing('what is deleted is gone: the command line and HTTP have it');

/** Every operation is a tool or says why not: the type requires an entry for each of the catalogue. */
export const TOOLS: Readonly<Record<OperationName, ToolEntry>> = {
  'submit.submit': 'submit_task',
  'task.get': 'get_task',
  'task.list': 'list_tasks',
  'task.counts': missing('a view for screens: get_stats and list_tasks say it in words'),
  'task.wait': 'wait_task',
  'task.cancel': 'cancel_task',
  'task.retry': 'retry_task',
  'task.reband': 'change_task_band',
  'task.bulkPreview': 'preview_bulk',
  'task.bulkStart': 'start_bulk',
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
  'run.show': 'get_run',
  'run.signal': 'signal_run',
  'run.decide': missing('only people approve: the command line and HTTP have it'),
  'run.pause': 'pause_run',
  'run.resume': 'resume_run',
  'run.approvals': 'list_approvals',
  'project.put': 'put_project',
  'project.get': 'get_project',
  'project.list': 'list_projects',
  'project.delete': DELETES,
  'limit.put': 'put_limit',
  'limit.get': 'get_limit',
  'limit.list': 'list_limits',
  'limit.delete': DELETES,
  'limit.show': 'show_limit',
  'workflow.put': 'put_workflow',
  'workflow.get': 'get_workflow',
  'workflow.list': 'list_workflows',
  'workflow.delete': DELETES,
  'schedule.put': 'put_schedule',
  'schedule.get': 'get_schedule',
  'schedule.list': 'list_schedules',
  'schedule.delete': DELETES,
  'schedule.pause': 'pause_schedule',
  'schedule.resume': 'resume_schedule',
  'schedule.trigger': 'trigger_schedule',
  'schedule.preview': 'preview_schedule',
  'webhooks.create': SENDS_OUT,
  'webhooks.list': 'list_webhooks',
  'webhooks.get': 'get_webhook',
  'webhooks.update': SENDS_OUT,
  'webhooks.remove': SENDS_OUT,
  'webhooks.rotate': SENDS_OUT,
  'webhooks.deliveries': 'list_deliveries',
  'webhooks.redeliver': 'redeliver',
  'webhooks.test': SENDS_OUT,
};

/** Names that other systems gave the same thing, or why we have no such thing: they are called, and not listed. */
export const ALIASES: Readonly<Record<string, ToolEntry>> = {
  upsert_task: 'submit_task',
  who_preempted: 'explain_task',
  create_project: missing('a project is a word of a task: the first task that names it makes it'),
  advance_workflow_phase: missing('there are no workflows yet'),
  set_technical_documentation: missing('remember_note keeps what is to be known of a project'),
  set_test_coverage: missing('a task has no such field: its result and labels are what its code says'),
  add_ai_review_report: missing('a task has no such field: its result and labels are what its code says'),
};

/** Tools of the plan whose operations do not exist yet. */
export const PLANNED: Readonly<Record<string, string>> = {
  submit_workflow: 'there are no workflows yet',
  set_priority: 'no operation changes the band of a task',
  pause_queue: 'no operation pauses a band',
  resume_queue: 'no operation pauses a band',
  approve: 'there are no approvals yet',
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
