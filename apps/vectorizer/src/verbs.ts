import {
  aboutTaskSchema,
  findRequestSchema,
  predictRequestSchema,
  recallRequestSchema,
  rememberRequestSchema,
  resolveRequestSchema,
} from '@precedent/contracts';
import type { FindReply, SearchHitView, SearchStatus, SearchVerb } from '@precedent/contracts';
import { verb } from '@precedent/nats';
import type { ServiceVerb } from '@precedent/nats';
import { recall, search } from '@precedent/semantic';
import type { Notes, SearchFilters, SearchGround, SearchHit, SemanticHistory } from '@precedent/semantic';
import { z } from 'zod';
import { documentVerbs } from './document-verbs.ts';
import { specAsked } from './spec-asked.ts';

export interface VerbParts {
  readonly ground: SearchGround;
  readonly history: SemanticHistory;
  readonly notes: Notes;
  readonly now: () => number;
  readonly status: () => Promise<SearchStatus>;
}

/** What the vectorizer answers, by verb. */
export const searchVerbs = (parts: VerbParts): Record<SearchVerb, ServiceVerb> => ({
  ...asking(parts),
  ...telling(parts),
  ...documentVerbs(parts),
  status: verb(z.strictObject({}), parts.status),
});

const asking = ({ ground, history, now, status }: VerbParts) => ({
  find: verb(findRequestSchema, async ({ filters, ...request }): Promise<FindReply> => {
    const answer = await search(ground, { ...request, filters: lists(filters), now: now() });
    const { hits, understood, semantic, partial, confidence } = answer;
    const { freshness } = await status();
    const view = { hits: hits.map(hitView), text: understood.text, filters: plain(answer.filters) };
    return { ...view, semantic, partial, confidence, freshness };
  }),
  recall: verb(recallRequestSchema, ({ project, ...request }) =>
    recall(ground, { ...request, ...(project !== undefined && { project }), now: now() }),
  ),
  seen: verb(aboutTaskSchema, async ({ id, namespace }) => ({
    task: id,
    ...(await history.seen(id, { namespace, now: now() })),
  })),
  diff: verb(aboutTaskSchema, ({ id, namespace }) => history.diff(id, { namespace, now: now() })),
  predict: verb(predictRequestSchema, ({ id, namespace, ...spec }) => {
    const question = { namespace, now: now() };
    return id === undefined
      ? history.predict(specAsked(namespace, spec), question)
      : history.predictFor(id, question);
  }),
});

const telling = ({ history, notes, now }: VerbParts) => ({
  remember: verb(rememberRequestSchema, ({ ttl, ...facts }) =>
    notes.add({ kind: 'note', ...facts, at: now(), ...(ttl !== undefined && { expiresAt: now() + ttl }) }),
  ),
  resolve: verb(resolveRequestSchema, async ({ id, namespace, text, by, evidence }) => {
    const about = await history.failure(namespace, id);
    const facts = {
      kind: 'resolution',
      ...about,
      namespace,
      task: id,
      text,
      by,
      evidence,
      at: now(),
    } as const;
    return { ...(await notes.add(facts)), fingerprint: about.fingerprint };
  }),
});

type Given = z.output<typeof findRequestSchema>['filters'];

/** One value is a list of one; what is not given is left out, so that it does not hide what the text says. */
const lists = (given: Given): SearchFilters =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, typeof value === 'string' ? [value] : value]),
  );

const plain = (filters: SearchFilters): FindReply['filters'] =>
  Object.fromEntries(
    Object.entries(filters).map(([field, value]) => [field, Array.isArray(value) ? [...value] : value]),
  );

const FIELDS = ['task', 'project', 'type', 'band', 'outcome', 'worker', 'fingerprint'] as const;

const hitView = ({ id, payload, score, highlights, count, firstAt, lastAt }: SearchHit): SearchHitView => {
  const known = FIELDS.flatMap((field) => {
    const value = payload[field];
    return typeof value === 'string' ? [[field, value] as const] : [];
  });
  const { text, at, kind } = payload;
  return {
    id,
    kind: String(kind),
    text,
    at,
    score,
    highlights,
    count,
    firstAt,
    lastAt,
    ...Object.fromEntries(known),
  };
};
