import type {
  AboutTask,
  CollectionsReply,
  CollectionsRequest,
  DocumentsReply,
  DocumentsRequest,
  FailuresRequest,
  FindReply,
  FindRequest,
  NoteReply,
  PredictRequest,
  RecallRequest,
  RememberRequest,
  ResolveReply,
  ResolveRequest,
  SearchStatus,
  SearchVerb,
} from '@precedent/contracts';
import type {
  DiffReply,
  FailuresReply,
  PredictReply,
  RecallReply,
  RecommendReply,
  SeenReply,
} from '@precedent/contract-types';
import type { Api } from './api.ts';
import { callService } from './api.ts';

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
  async find(query: string, options: Omit<FindRequest, 'query'> = {}): Promise<FindReply> {
    return (await this.#call('find', { query, ...options })) as FindReply;
  }

  /** Whether the failure of a task was seen before, and what helped then. Throws TASK_NOT_FOUND. */
  async seen(id: string, options: Omit<AboutTask, 'id'> = {}): Promise<SeenReply> {
    return (await this.#call('seen', { id, ...options })) as SeenReply;
  }

  /** What is different since something of this name last worked. Throws TASK_NOT_FOUND. */
  async diff(id: string, options: Omit<AboutTask, 'id'> = {}): Promise<DiffReply> {
    return (await this.#call('diff', { id, ...options })) as DiffReply;
  }

  /**
   * How long a task will take and how likely it fails, with warnings: for a task that is there, or a hypothetical one. `timeoutMs`:
   * milliseconds to wait for the answer.
   */
  async predict(about: PredictRequest, options: { readonly timeoutMs?: number } = {}): Promise<PredictReply> {
    return (await this.#call('predict', about, options.timeoutMs)) as PredictReply;
  }

  /** What similar tasks waited for, left, and were followed by; for a task that is there, or a hypothetical one. */
  async recommend(about: PredictRequest): Promise<RecommendReply> {
    return (await this.#call('recommend', about)) as RecommendReply;
  }

  /** What failed, those of one cause together. */
  async failures(options: FailuresRequest = {}): Promise<FailuresReply> {
    return (await this.#call('failures', options)) as FailuresReply;
  }

  /** Records what fixed the failure of a task; another task must show it. */
  async resolve(options: ResolveRequest): Promise<ResolveReply> {
    return (await this.#call('resolve', options)) as ResolveReply;
  }

  /** Keeps a note for a project. The same words again are the same note. */
  async remember(note: RememberRequest): Promise<NoteReply> {
    return (await this.#call('remember', note)) as NoteReply;
  }

  /** Notes and resolutions that are to the point. */
  async recall(query: string, options: Omit<RecallRequest, 'query'> = {}): Promise<RecallReply> {
    return (await this.#call('recall', { query, ...options })) as RecallReply;
  }

  /** Documents of one collection, by meaning and by words. Throws INVALID_REQUEST, with those there are, for one without any. */
  async documents(query: string, options: Omit<DocumentsRequest, 'query'>): Promise<DocumentsReply> {
    return (await this.#call('documents', { query, ...options })) as DocumentsReply;
  }

  /** The collections of a namespace, and what they hold. */
  async collections(options: CollectionsRequest = {}): Promise<CollectionsReply> {
    return (await this.#call('collections', options)) as CollectionsReply;
  }

  async status(): Promise<SearchStatus> {
    return (await this.#call('status', {})) as SearchStatus;
  }

  #call(verb: SearchVerb, body: object, timeoutMs = this.#timeoutMs): Promise<unknown> {
    const { link, subjects } = this.#api;
    const subject = subjects.search(verb);
    const unavailable = 'VECTORS_UNAVAILABLE';
    return callService(link, { subject, body, timeoutMs, service: 'the vectorizer', unavailable });
  }
}
