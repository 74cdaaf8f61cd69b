import type { EpochMs } from '@precedent/kernel';
import { AppError } from '@precedent/kernel';
import type { PointFilter, PointHit, PointPayload } from '@precedent/ports';
import type { Precedent } from '../precedents/precedent.ts';
import { precedentOf } from '../precedents/precedent.ts';
import type { Run } from '../precedents/run.ts';
import type { KnownResolution } from '../precedents/seen-before.ts';
import { resolutionOf } from '../precedents/seen-before.ts';
import type { SearchGround } from '../search/search.ts';

type Told = Omit<PointHit, 'score'>;

const PAGE = 1_000;
/** Cases that a conclusion is drawn from, at most. */
const CASES_MAX = 2_000;
const NEIGHBOURS = 100;
const HOUR = 3_600_000;
/** How far it is looked back for the latest of something, in steps. */
const WINDOWS = [HOUR, 24 * HOUR, 7 * 24 * HOUR, 90 * 24 * HOUR];

/** What the index holds, asked in the ways that conclusions need. Every method rejects with VECTORS_UNAVAILABLE. */
export class Archive {
  readonly #ground: () => SearchGround;

  /** `ground`: asked at each question, because another collection may serve then. */
  constructor(ground: () => SearchGround) {
    this.#ground = ground;
  }

  /** The spec of a task. Rejects TASK_NOT_FOUND when the index has none. */
  async specOf(namespace: string, task: string): Promise<PointPayload> {
    const [spec] = await this.all({ namespace, fields: { task, kind: 'spec' } }, 1);
    if (spec) return spec.payload;
    throw new AppError('TASK_NOT_FOUND', `the semantic history of ${namespace} has no task ${task}`);
  }

  /** The last failed attempt of a task; `undefined` when none failed. */
  async failureOf(namespace: string, task: string): Promise<PointPayload | undefined> {
    const failures = await this.all({ namespace, fields: { task, kind: 'failure' } });
    return failures.toSorted((a, b) => b.payload.at - a.payload.at)[0]?.payload;
  }

  /** Points by filter, in no order. */
  async all(filter: PointFilter, max = CASES_MAX): Promise<readonly Told[]> {
    const { index, collection } = this.#ground();
    const found: Told[] = [];
    let after: string | undefined;
    do {
      const limit = Math.min(PAGE, max - found.length);
      const page = await index.scroll(collection, filter, { limit, ...(after !== undefined && { after }) });
      found.push(...page.points);
      after = page.next;
    } while (after !== undefined && found.length < max);
    return found;
  }

  /** Attempts by filter, newest windows first until there are enough. */
  async attempts(
    namespace: string,
    fields: NonNullable<PointFilter['fields']>,
    before: EpochMs,
  ): Promise<readonly Precedent[]> {
    let found: readonly Told[] = [];
    for (const window of WINDOWS) {
      const ranges = { at: { from: Math.max(0, before - window), to: before + 1 } };
      found = await this.all({ namespace, fields: { kind: 'attempt', ...fields }, ranges });
      if (found.length >= CASES_MAX / 10) break;
    }
    return precedents(found);
  }

  /** Attempts of what reads alike, nearest first. Without a model there are none. */
  async neighbours(text: string, filter: PointFilter): Promise<readonly Precedent[]> {
    const { index, collection, embedder } = this.#ground();
    if (embedder === undefined) return [];
    const [vector] = await embedder.embed([text]);
    if (vector === undefined) return [];
    return precedents(await index.query(collection, { filter, vector, limit: NEIGHBOURS }));
  }

  /** The latest completed run of what has the same name, before a moment. */
  async lastSuccess(spec: PointPayload, before: EpochMs): Promise<Run | undefined> {
    const { namespace, project, type, name } = spec;
    const fields = { kind: 'attempt', outcome: 'completed', ...texts({ project, type, name }) };
    for (const window of WINDOWS) {
      const ranges = { at: { from: Math.max(0, before - window), to: before } };
      const found = await this.all({ namespace, fields, ranges });
      const last = found.toSorted((a, b) => b.payload.at - a.payload.at)[0];
      if (last) return runIn(await this.specOf(namespace, String(last.payload['task'])));
    }
    return undefined;
  }

  async resolutions(namespace: string, fingerprint: string): Promise<readonly KnownResolution[]> {
    const found = await this.all({ namespace, fields: { kind: 'resolution', fingerprint } });
    return found.flatMap((one) => resolutionOf(one) ?? []);
  }
}

const precedents = (found: readonly (Told & { readonly score?: number })[]): readonly Precedent[] =>
  found.flatMap((one) => precedentOf(one) ?? []);

const texts = (fields: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );

/** The run that a spec carries. */
export const runIn = (spec: PointPayload): Run | undefined =>
  typeof spec['run'] === 'string' ? (JSON.parse(spec['run']) as Run) : undefined;
