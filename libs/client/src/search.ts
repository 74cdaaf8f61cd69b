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
  ReplyOf,
  ResolveReply,
  ResolveRequest,
  SearchOperations,
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
  find(query: string, options: Omit<FindRequest, 'query'> = {}): Promise<FindReply> {
    return this.#call('find', { query, ...options });
  }

  /** Whether the failure of a task was seen before, and what helped then. Throws TASK_NOT_FOUND. */
  seen(id: string, options: Omit<AboutTask, 'id'> = {}): Promise<SeenReply> {
    return this.#call('seen', { id, ...options });
  }

  /** What is different since something of this name last worked. Throws TASK_NOT_FOUND. */
  diff(id: string, options: Omit<AboutTask, 'id'> = {}): Promise<DiffReply> {
    return this.#call('diff', { id, ...options });
  }

  /**
   * How long a task will take and how likely it fails, with warnings: for a task that is there, or a hypothetical one. `timeoutMs`:
   * milliseconds to wait for the answer.
   */
  predict(about: PredictRequest, options: { readonly timeoutMs?: number } = {}): Promise<PredictReply> {
    return this.#call('predict', about, options.timeoutMs);
  }

  /** What similar tasks waited for, left, and were followed by; for a task that is there, or a hypothetical one. */
  recommend(about: PredictRequest): Promise<RecommendReply> {
    return this.#call('recommend', about);
  }

  /** What failed, those of one cause together. */
  failures(options: FailuresRequest = {}): Promise<FailuresReply> {
    return this.#call('failures', options);
  }

  /** Records what fixed the failure of a task; another task must show it. */
  resolve(options: ResolveRequest): Promise<ResolveReply> {
    return this.#call('resolve', options);
  }

  /** Keeps a note for a project. The same words again are the same note. */
  remember(note: RememberRequest): Promise<NoteReply> {
    return this.#call('remember', note);
  }

  /** Notes and resolutions that are to the point. */
  recall(query: string, options: Omit<RecallRequest, 'query'> = {}): Promise<RecallReply> {
    return this.#call('recall', { query, ...options });
  }

  /** Documents of one collection, by meaning and by words. Throws INVALID_REQUEST, with those there are, for one without any. */
  documents(query: string, options: Omit<DocumentsRequest, 'query'>): Promise<DocumentsReply> {
    return this.#call('documents', { query, ...options });
  }

  /** The collections of a namespace, and what they hold. */
  collections(options: CollectionsRequest = {}): Promise<CollectionsReply> {
    return this.#call('collections', options);
  }

  status(): Promise<SearchStatus> {
    return this.#call('status', {});
  }

  #call<V extends SearchVerb>(
    verb: V,
    body: object,
    timeoutMs = this.#timeoutMs,
  ): Promise<ReplyOf<SearchOperations[V]>> {
    const { link, subjects } = this.#api;
    const subject = subjects.search(verb);
    const unavailable = 'VECTORS_UNAVAILABLE';
    return callService(link, { subject, body, timeoutMs, service: 'the vectorizer', unavailable });
  }
}
