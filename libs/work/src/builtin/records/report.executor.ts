import type { Job } from '@precedent/contract-types';
import type { Executor, HistoryReader, ExecutorContext, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import { resumed, safePoint } from '../safe-point.ts';
import { taskObjects } from '../storage/task-objects.ts';
import { withinResult } from '../within-result.ts';
import { NO_FACTS, withTasks } from './report-facts.ts';
import type { ReportFacts } from './report-facts.ts';
import { htmlReport, markdownReport } from './report-text.ts';
import { forTask, historyOf, tasksFilter } from './task-rows.ts';
import type { TasksCall } from './task-rows.ts';

/** A checked `report.generate` payload. */
export interface ReportCall extends TasksCall {
  readonly format: 'markdown' | 'html';
  readonly title: string;
  readonly rows: number;
  readonly to?: string | undefined;
}

export interface ReportOptions {
  readonly parse: Parse<ReportCall>;
  readonly objects: ObjectStore;
  readonly history: HistoryReader | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A report from the history. Rejects with INVALID_TASK, HISTORY_UNAVAILABLE, NATS_UNREACHABLE, or the error of a stop. */
export const reportExecutor = ({ parse, objects, history, now }: ReportOptions): Executor =>
  checked(parse, async (call, job, context) => {
    const facts = await gather(historyOf(history), { call, job, context });
    const options = {
      title: call.title,
      rows: call.rows,
      madeAt: now(),
      since: call.since,
      until: call.until,
    };
    const report = call.format === 'html' ? htmlReport(facts, options) : markdownReport(facts, options);
    if (call.to === undefined) return withinResult({ format: call.format, report });
    const type = call.format === 'html' ? 'text/html; charset=utf-8' : 'text/markdown; charset=utf-8';
    return await taskObjects(objects, job).put(call.to, report, type);
  });

interface ReportState {
  readonly kind: typeof REPORT_STATE;
  readonly after: string;
  readonly facts: ReportFacts;
}

const REPORT_STATE = 'report/1';
const PAGE = 500;
/** Tasks between two regular checkpoints. */
const CHECKPOINT_EVERY = 20 * PAGE;

interface Gathering {
  readonly call: ReportCall;
  readonly job: Job;
  readonly context: ExecutorContext;
}

const gather = async (history: HistoryReader, { call, job, context }: Gathering): Promise<ReportFacts> => {
  const filter = tasksFilter(job.namespace, call);
  const { total } = await history.stats(filter);
  const state = resumed<ReportState>(
    context,
    REPORT_STATE,
    ({ after, facts }) => typeof after === 'string' && typeof facts === 'object' && facts !== null,
  );
  let [after, facts] = [state?.after ?? '', state?.facts ?? NO_FACTS];
  for (;;) {
    const page = await history.list(filter, { limit: PAGE, ...(after !== '' && { after }) });
    facts = withTasks(facts, forTask(job, page.tasks));
    if (page.next === undefined) return facts;
    after = page.next;
    const fraction = Math.min(1, facts.tasks / Math.max(1, total));
    context.progress(fraction, `${facts.tasks} tasks`);
    const checkpoint: ReportState = { kind: REPORT_STATE, after, facts };
    await safePoint(context, checkpoint, {
      due: facts.tasks % CHECKPOINT_EVERY === 0,
      fresh: true,
      fraction,
    });
  }
};
