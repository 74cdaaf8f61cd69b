import { PARSED_FILTERS } from '@precedent/contract-types';
import type { ParsedPhrase, RecalledNote, RecallReply, SearchConfidence } from '@precedent/contract-types';
import { z } from 'zod';
import type {
  CollectionsReply,
  DocumentHitView,
  DocumentsReply,
  FindReply,
  Highlighted,
  NoteReply,
  ResolveReply,
  SearchFreshness,
  SearchHitView,
  SearchStatus,
} from '../search-replies.ts';
import { searchFiltersSchema } from '../search.ts';
import { setAsideSchema } from './history-views.ts';
import type { ShapeOf } from './view.ts';
import { inner, value, view } from './view.ts';

const { at, count, ms, share, text, texts } = value;

/** How far behind the journal the answer may be. */
const freshness = view<SearchFreshness>('SearchFreshness', {
  seq: count.describe('the last journal entry that is indexed'),
  lastSeq: count,
  lagMs: ms,
});

const confidence = view<SearchConfidence>('Confidence', {
  level: z.enum(['high', 'medium', 'low']),
  value: share.describe('0 to 1, by the best hit'),
});

const highlights = z
  .array(inner<Highlighted>({ start: count, end: count }))
  .describe('where terms of the query stand in the text; UTF-16 units, `end` exclusive');

const hitShape: ShapeOf<SearchHitView> = {
  id: text,
  kind: text,
  text,
  at,
  score: z.number(),
  task: text.exactOptional(),
  project: text.exactOptional(),
  type: text.exactOptional(),
  band: text.exactOptional(),
  outcome: text.exactOptional(),
  worker: text.exactOptional(),
  fingerprint: text.exactOptional(),
  highlights,
  lines: z.array(z.object({ text, highlights })).exactOptional().describe('lines of the output of a failure'),
  count: count.describe('how many say the same'),
  atLeast: z.literal(true).exactOptional().describe('only a part was looked at: there may be more'),
  firstAt: at,
  lastAt: at,
};
const hitSchema = view<SearchHitView>('SearchHit', hitShape);

const phraseSchema = inner<ParsedPhrase>({ field: z.enum(PARSED_FILTERS), words: text });

const semantic = z.boolean().describe('`false`: by words only');
const partial = z.boolean().describe('only a part of what there is was looked at');

export const findReplySchema = view<FindReply>('SearchFind', {
  hits: z.array(hitSchema),
  nearest: z.array(hitSchema).exactOptional().describe('when nothing fits'),
  parsed: z.array(phraseSchema).describe('words of the query that were read as filters'),
  dropped: z.array(phraseSchema).exactOptional().describe('filters with which nothing fits'),
  text,
  filters: searchFiltersSchema,
  semantic,
  partial,
  confidence,
  freshness,
});

export const recallReplySchema = view<RecallReply>('SearchRecall', {
  notes: z.array(
    view<RecalledNote>('Note', {
      id: text,
      kind: text,
      text,
      by: text,
      at,
      sources: texts,
      expiresAt: at.exactOptional(),
      score: z.number(),
    }),
  ),
  semantic,
  confidence,
});

const noteShape: ShapeOf<NoteReply> = {
  id: text,
  indexed: z.boolean().describe('`false`: it is kept, and found as soon as it is indexed'),
};
export const noteReplySchema = view<NoteReply>('SearchRemember', noteShape);
export const resolveReplySchema = view<ResolveReply>('SearchResolve', {
  ...noteShape,
  fingerprint: text.exactOptional().describe('of the failures that it is shown for'),
});

const documentHitSchema = view<DocumentHitView>('DocumentHit', {
  id: text,
  text,
  at,
  score: z.number(),
  highlights,
  count,
  path: text.exactOptional(),
  chunk: count.exactOptional().describe('from 0'),
  heading: text.exactOptional(),
  key: text.exactOptional(),
});

export const documentsReplySchema = view<DocumentsReply>('SearchDocuments', {
  collection: text,
  hits: z.array(documentHitSchema),
  semantic,
  partial,
  confidence,
});

export const collectionsReplySchema = view<CollectionsReply>('SearchCollections', {
  collections: z.array(z.object({ name: text, points: count, semantic })),
});

export const searchStatusSchema = view<SearchStatus>('SearchStatus', {
  freshness,
  collection: text.describe('the one that answers'),
  model: text.exactOptional(),
  semantic,
  open: count.describe('tasks without a verdict'),
  documents: count.describe('indexed since the start'),
  missed: count.describe('journal entries that were purged before they could be read'),
  setAside: setAsideSchema.exactOptional().describe('what could not be indexed'),
  building: inner<NonNullable<SearchStatus['building']>>({
    collection: text,
    model: text,
    done: count,
    total: count,
  })
    .exactOptional()
    .describe('the collection that is to answer next'),
  memory: inner<NonNullable<SearchStatus['memory']>>({
    bytes: count,
    limitBytes: count,
    points: count,
    onDisk: texts.describe('collections that are read from the disk'),
  }).exactOptional(),
  trouble: z
    .object({ code: text, message: text })
    .exactOptional()
    .describe('what keeps the index from going on'),
});
