import type {
  AboutTask,
  CollectionsReply,
  CollectionsRequest,
  DiffReply,
  DocumentsReply,
  DocumentsRequest,
  FailuresReply,
  FailuresRequest,
  FindReply,
  FindRequest,
  NoteReply,
  PredictReply,
  PredictRequest,
  RecallReply,
  RecallRequest,
  RecommendReply,
  RememberRequest,
  ResolveRequest,
  SearchStatus,
  SearchVerb,
  SeenReply,
} from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import { bodyOf } from './answers.ts';
import type { Api } from './api.ts';
import { isSilence, request } from './link.ts';

/**
 * The semantic history. Every method throws VECTORS_UNAVAILABLE when the vectorizer or its index does not answer, and
 * INVALID_REQUEST with the fields that are wrong.
 */
export class Search {
  readonly #api: Api;
  readonly #timeoutMs: number;

  constructor(api: Api, timeoutMs: number) {
    this.#api = api;
    this.#timeoutMs = timeoutMs;
  }

  /** What happened, by meaning and by words. Filters are read out of the text; given ones win. */
  async find(query: string, terms: Omit<FindRequest, 'query'> = {}): Promise<FindReply> {
    return (await this.#call('find', { query, ...terms })) as FindReply;
  }

  /** Whether the failure of a task was seen before, and what helped then. Throws TASK_NOT_FOUND. */
  async seen(id: string, terms: Omit<AboutTask, 'id'> = {}): Promise<SeenReply> {
    return (await this.#call('seen', { id, ...terms })) as SeenReply;
  }

  /** What is different since something of this name last worked. Throws TASK_NOT_FOUND. */
  async diff(id: string, terms: Omit<AboutTask, 'id'> = {}): Promise<DiffReply> {
    return (await this.#call('diff', { id, ...terms })) as DiffReply;
  }

  /**
   * How long a task will take and how likely it fails, with warnings: one that is there, or one that is only thought of. `timeoutMs`:
   * how long the answer is waited for.
   */
  async predict(about: PredictRequest, terms: { readonly timeoutMs?: number } = {}): Promise<PredictReply> {
    return (await this.#call('predict', about, terms.timeoutMs)) as PredictReply;
  }

  /** What tasks like this one waited for, left, and were followed by; for one that is there, or is only thought of. */
  async recommend(about: PredictRequest): Promise<RecommendReply> {
    return (await this.#call('recommend', about)) as RecommendReply;
  }

  /** What failed, those of one cause together. */
  async failures(terms: FailuresRequest = {}): Promise<FailuresReply> {
    return (await this.#call('failures', terms)) as FailuresReply;
  }

  /** Records what fixed the failure of a task; another task must show it. */
  async resolve(terms: ResolveRequest): Promise<NoteReply & { readonly fingerprint: string }> {
    return (await this.#call('resolve', terms)) as NoteReply & { readonly fingerprint: string };
  }

  /** Keeps a note for a project. The same words again are the same note. */
  async remember(note: RememberRequest): Promise<NoteReply> {
    return (await this.#call('remember', note)) as NoteReply;
  }

  /** Notes and resolutions that are to the point. */
  async recall(query: string, terms: Omit<RecallRequest, 'query'> = {}): Promise<RecallReply> {
    return (await this.#call('recall', { query, ...terms })) as RecallReply;
  }

  /** Documents of one collection, by meaning and by words. Throws INVALID_REQUEST, with those there are, for one without any. */
  async documents(query: string, terms: Omit<DocumentsRequest, 'query'>): Promise<DocumentsReply> {
    return (await this.#call('documents', { query, ...terms })) as DocumentsReply;
  }

  /** The collections of a namespace, and what they hold. */
  async collections(terms: CollectionsRequest = {}): Promise<CollectionsReply> {
    return (await this.#call('collections', terms)) as CollectionsReply;
  }

  async status(): Promise<SearchStatus> {
    return (await this.#call('status', {})) as SearchStatus;
  }

  async #call(verb: SearchVerb, body: object, timeoutMs = this.#timeoutMs): Promise<unknown> {
    const { link, subjects } = this.#api;
    const answer = await request(link, subjects.search(verb), JSON.stringify(body), { timeoutMs });
    if (!isSilence(answer)) return bodyOf(answer);
    const fact = answer === 'timeout' ? `gave no answer within ${timeoutMs} ms` : 'is not there';
    throw new AppError('VECTORS_UNAVAILABLE', `the vectorizer ${fact} (${subjects.search(verb)})`);
  }
}
