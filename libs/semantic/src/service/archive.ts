import type { KnownResolution } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { AppError } from '@precedent/kernel';
import type { PointFilter, PointHit, PointPayload } from '@precedent/ports';
import { taskTitle } from '../documents/phrases.ts';
import type { KnownTask } from '../precedents/duplicates.ts';
import { RECENT_MS } from '../precedents/duplicates.ts';
import type { Precedent } from '../precedents/precedent.ts';
import { precedentOf } from '../precedents/precedent.ts';
import type { Failure } from '../precedents/seen-before.ts';
import { FAILED_OUTCOMES, resolutionOf } from '../precedents/seen-before.ts';
import type { Step } from '../precedents/step.ts';
import { runIn, stepFromSpec } from '../precedents/step.ts';
import type { TaskFacts } from '../facts.ts';
import { specPayloadOf } from '../precedents/stored-documents.ts';
import type { SearchContext } from '../search/search-context.ts';
import type { Subject } from './subject.ts';

type FoundPoint = Omit<PointHit, 'score'>;

const PAGE_POINTS = 1_000;
/** The most cases for one conclusion. */
const CASES_MAX = 2_000;
const NEIGHBOURS_MAX = 100;
const HOUR = 3_600_000;
/** The most tasks whose attempts one query reads. */
const TASKS_MAX = 200;
const PAUSE_MAX = 7 * 24 * HOUR;
const ENOUGH_STEPS = 12;
const EQUAL_MAX = 20;
const ALIKE_MAX = 20;
/** Outcomes of settled tasks; an open task has none of them. */
const SETTLED_OUTCOMES = ['completed', 'failed', 'cancelled', 'timed_out', 'rejected'];
/** Growing windows in which the latest points are searched. Milliseconds. */
const WINDOWS = [HOUR, 24 * HOUR, 7 * 24 * HOUR, 90 * 24 * HOUR];

/** The facts of a task, of any namespace, that has no documents because others of its spec stand for it; `undefined` for any other. */
export type UnindexedTask = (task: string) => Promise<TaskFacts | undefined>;

/** The queries of the index that conclusions need. Every method rejects with VECTORS_UNAVAILABLE. */
export class Archive {
  readonly #context: () => SearchContext;
  readonly #unindexed: UnindexedTask;

  /** `context` is called for each query, because another collection may be active by then. */
  constructor(context: () => SearchContext, unindexed: UnindexedTask) {
    this.#context = context;
    this.#unindexed = unindexed;
  }

  /** The spec of a task. Rejects TASK_NOT_FOUND when neither the index nor `unindexed` has it. */
  async specOf(namespace: string, task: string): Promise<PointPayload> {
    const [spec] = await this.all({ namespace, fields: { task, kind: 'spec' } }, 1);
    if (spec) return spec.payload;
    const facts = await this.#unindexed(task);
    const payload = facts?.namespace === namespace ? specPayloadOf(facts) : undefined;
    if (payload) return payload;
    throw new AppError('TASK_NOT_FOUND', `the semantic history of ${namespace} has no task ${task}`);
  }

  /** The last failed attempt of a task; `undefined` when none failed. */
  async failureOf(namespace: string, task: string): Promise<PointPayload | undefined> {
    const failures = await this.all({ namespace, fields: { task, kind: 'failure' } });
    return failures.toSorted((a, b) => b.payload.at - a.payload.at)[0]?.payload;
  }

  /** Points by filter, unordered. */
  async all(filter: PointFilter, max = CASES_MAX): Promise<readonly FoundPoint[]> {
    const { index, collection } = this.#context();
    const found: FoundPoint[] = [];
    let after: string | undefined;
    do {
      const limit = Math.min(PAGE_POINTS, max - found.length);
      const page = await index.scroll(collection, filter, { limit, ...(after !== undefined && { after }) });
      found.push(...page.points);
      after = page.next;
    } while (after !== undefined && found.length < max);
    return found;
  }

  /** Attempts by filter, from the smallest window that holds enough of them. */
  async attempts(
    namespace: string,
    fields: NonNullable<PointFilter['fields']>,
    before: EpochMs,
  ): Promise<readonly Precedent[]> {
    let found: readonly FoundPoint[] = [];
    for (const window of WINDOWS) {
      const ranges = { at: { from: Math.max(0, before - window), to: before + 1 } };
      found = await this.all({ namespace, fields: { kind: 'attempt', ...fields }, ranges });
      if (found.length >= CASES_MAX / 10) break;
    }
    return precedents(found);
  }

  /** Attempts with a semantically similar text, nearest first. None without a model. */
  async neighbours(text: string, filter: PointFilter): Promise<readonly Precedent[]> {
    return precedents(await this.#near(text, filter, NEIGHBOURS_MAX));
  }

  /** Failures with a semantically similar text and another fingerprint, nearest first. None without a model. */
  async nearFailures(
    namespace: string,
    { text, fingerprint }: { readonly text: string; readonly fingerprint: string | undefined },
  ): Promise<readonly PointHit[]> {
    const filter = {
      namespace,
      fields: { kind: 'failure' },
      ...(fingerprint !== undefined && { not: { fingerprint } }),
    };
    return this.#near(text, filter, NEIGHBOURS_MAX);
  }

  /** Every attempt of the tasks of these failed attempts, which shows the results of retries. */
  async attemptsOf(namespace: string, failed: readonly Precedent[]): Promise<readonly Precedent[]> {
    const task = [...new Set(failed.map((one) => one.task))].slice(0, TASKS_MAX);
    if (task.length === 0) return [];
    return precedents(await this.all({ namespace, fields: { kind: 'attempt', task } }));
  }

  /** Tasks as steps, unordered. */
  async steps(filter: PointFilter, max: number): Promise<readonly Step[]> {
    return (await this.all(filter, max)).flatMap((one) => stepFromSpec(one) ?? []);
  }

  /** Tasks as steps, from the smallest window that holds enough of them. */
  async latestSteps(
    filter: PointFilter,
    more: NonNullable<PointFilter['fields']>,
    before: EpochMs,
  ): Promise<readonly Step[]> {
    let found: readonly Step[] = [];
    for (const window of WINDOWS) {
      const ranges = { at: { from: Math.max(0, before - window), to: before + 1 } };
      found = await this.steps({ ...filter, fields: { ...filter.fields, ...more }, ranges }, CASES_MAX);
      if (found.length >= ENOUGH_STEPS) break;
    }
    return found;
  }

  /** Tasks with a semantically similar spec, nearest first. None without a model. */
  async nearSteps(text: string, filter: PointFilter, limit: number): Promise<readonly KnownTask[]> {
    return knownTasksOf(await this.#near(text, filter, limit));
  }

  /** Open and recently completed tasks of the project: those with an equal spec, and the most similar ones. */
  async likelyDuplicates(subject: Subject, namespace: string, now: EpochMs): Promise<readonly KnownTask[]> {
    const inProject = { kind: 'spec', project: subject.project };
    const filters: readonly PointFilter[] = [
      { namespace, fields: inProject, not: { outcome: SETTLED_OUTCOMES } },
      {
        namespace,
        fields: { ...inProject, outcome: 'completed' },
        ranges: { ended_at: { from: Math.max(0, now - RECENT_MS), to: now + 1 } },
      },
    ];
    const equal = filters.map(async ({ fields, ...filter }) => {
      const found = await this.all(
        { ...filter, fields: { ...fields, exact_spec: subject.exactSpec } },
        EQUAL_MAX,
      );
      return knownTasksOf(found.map((one) => ({ ...one, score: 1 })));
    });
    const alike = filters.map((filter) => this.nearSteps(subject.text, filter, ALIKE_MAX));
    const all = (await Promise.all([...alike, ...equal])).flat();
    return [...new Map(all.map((one) => [one.task, one])).values()];
  }

  /** Milliseconds lost by each preemption of these attempts' tasks, which have one spec. A preempted task may pause for days before it ends. */
  async losses(namespace: string, attempts: readonly Precedent[]): Promise<readonly number[]> {
    const [{ spec } = { spec: '' }] = attempts;
    if (spec === '') return [];
    const tasks = new Set(attempts.map(({ task }) => task));
    const from = Math.max(0, Math.min(...attempts.map(({ at }) => at)) - PAUSE_MAX);
    const fields = { kind: 'decision', outcome: 'preempted', spec };
    const found = await this.all({ namespace, fields, ranges: { at: { from } } });
    return found.flatMap(({ payload: { task, lost_ms: lostMs } }) =>
      typeof lostMs === 'number' && tasks.has(String(task)) ? [lostMs] : [],
    );
  }

  /** The number of earlier attempts of any task with the same fingerprint. */
  async failuresBefore(
    namespace: string,
    { fingerprint, task, attempt = 1, at }: Failure & { readonly fingerprint: string },
  ): Promise<number> {
    const fields = { kind: 'attempt', outcome: FAILED_OUTCOMES, fingerprint };
    const ranges = { at: { to: at + 1 } };
    const [all, own] = await Promise.all([
      this.count({ namespace, fields, ranges }),
      this.count({
        namespace,
        fields: { ...fields, task },
        ranges: { ...ranges, attempt: { from: attempt } },
      }),
    ]);
    return all - own;
  }

  /** Those of the values that a field of a point of the filter has. */
  async valuesAmong(
    filter: PointFilter,
    field: string,
    values: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    let left = values;
    // A page leaves out the values that it has shown, so that one frequent value is read once.
    while (left.length > 0) {
      const page = await this.all({ ...filter, fields: { ...filter.fields, [field]: left } }, PAGE_POINTS);
      if (page.length === 0) break;
      for (const { payload } of page) found.add(String(payload[field]));
      left = left.filter((value) => !found.has(value));
    }
    return found;
  }

  async count(filter: PointFilter): Promise<number> {
    const { index, collection } = this.#context();
    return index.count(collection, filter);
  }

  async #near(text: string, filter: PointFilter, limit: number): Promise<readonly PointHit[]> {
    const { index, collection, embedder } = this.#context();
    const [vector] = (await embedder?.embed([text])) ?? [];
    return vector === undefined ? [] : index.query(collection, { filter, vector, limit });
  }

  /** The spec of the latest task that was completed before a time, with the same name, or the same command when it has no name. */
  async lastSuccess(spec: PointPayload, before: EpochMs): Promise<PointPayload | undefined> {
    const { namespace, project, type, name } = spec;
    const fields = { kind: 'attempt', outcome: 'completed', ...texts({ project, type, name }) };
    for (const window of WINDOWS) {
      const ranges = { at: { from: Math.max(0, before - window), to: before } };
      const found = await this.all({ namespace, fields, ranges });
      const latest = found.toSorted((a, b) => b.payload.at - a.payload.at).slice(0, COMPARED_MAX);
      for (const { payload } of latest) {
        const success = await this.specOf(namespace, String(payload['task']));
        if (isComparable(success, spec)) return success;
      }
    }
    return undefined;
  }

  async resolutions(namespace: string, fingerprint: string): Promise<readonly KnownResolution[]> {
    const found = await this.all({ namespace, fields: { kind: 'resolution', fingerprint } });
    return found.flatMap((one) => resolutionOf(one) ?? []);
  }
}

/** The most completed tasks whose commands are compared. */
const COMPARED_MAX = 20;

/** Commands without a name all have the title of their type, so their commands are compared. */
const isComparable = (success: PointPayload, spec: PointPayload): boolean =>
  spec['name'] !== taskTitle({ type: 'command' }) || runIn(success)?.command === runIn(spec)?.command;

const precedents = (found: readonly (FoundPoint & { readonly score?: number })[]): readonly Precedent[] =>
  found.flatMap((one) => precedentOf(one) ?? []);

const texts = (fields: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );

const knownTasksOf = (found: readonly PointHit[]): readonly KnownTask[] =>
  found.flatMap((hit) => {
    const step = stepFromSpec(hit);
    return step ? [{ ...step, similarity: Math.min(1, Math.max(0, hit.score)) }] : [];
  });
