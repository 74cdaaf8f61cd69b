import type {
  CreateWebhookRequest,
  DeliveriesReply,
  DeliveriesRequest,
  ListWebhooksRequest,
  NewWebhookView,
  RedeliverReply,
  RedeliverRequest,
  RotateWebhookRequest,
  TestWebhookReply,
  UpdateWebhookRequest,
  WebhookView,
} from '@precedent/contract-types';
import type { ReplyOf, WebhookOperations, WebhookVerb } from '@precedent/contracts';
import type { Api } from './api.ts';
import { callService } from './api.ts';

/** A receiver may take long to answer a test. Milliseconds. */
const TEST_MS = 20_000;

/**
 * URLs that events of tasks are sent to. Where access is required the client needs the role admin in the namespace, or in the project that the
 * webhook is for. Everything here throws GATEWAY_UNREACHABLE when no gateway answers, and WEBHOOK_NOT_FOUND for a webhook that is not there.
 */
export class WebhookClient {
  readonly #api: Api;
  readonly #timeoutMs: number;

  constructor(api: Api, timeoutMs: number) {
    this.#api = api;
    this.#timeoutMs = timeoutMs;
  }

  /** The answer is the only place where the secret appears. Throws INVALID_REQUEST, FORBIDDEN and HISTORY_UNAVAILABLE. */
  create(request: CreateWebhookRequest): Promise<NewWebhookView> {
    return this.#call('create', request);
  }

  async list(request: ListWebhooksRequest = {}): Promise<readonly WebhookView[]> {
    return (await this.#call('list', request)).webhooks;
  }

  get(id: string): Promise<WebhookView> {
    return this.#call('get', { id });
  }

  /** What is left out stays. From then on the webhook gets what this caller may read. */
  update(request: UpdateWebhookRequest): Promise<WebhookView> {
    return this.#call('update', request);
  }

  /** Resolves to what the webhook was. */
  remove(id: string): Promise<WebhookView> {
    return this.#call('remove', { id });
  }

  /** Makes another secret. That before signs too, `overlapMs` milliseconds long. */
  rotate(request: RotateWebhookRequest): Promise<NewWebhookView> {
    return this.#call('rotate', request);
  }

  /** The latest first; `cursor` of an answer is for the next ones. Throws HISTORY_UNAVAILABLE. */
  deliveries(request: DeliveriesRequest): Promise<DeliveriesReply> {
    return this.#call('deliveries', request);
  }

  /** Delivers one delivery again, or those that failed, under the same message ids. Throws TASK_NOT_FOUND for a delivery that is not there. */
  redeliver(request: RedeliverRequest): Promise<RedeliverReply> {
    return this.#call('redeliver', request);
  }

  /** Sends a test now, and resolves to what came back, also where the receiver is not reached. */
  test(id: string): Promise<TestWebhookReply> {
    return this.#call('test', { id }, TEST_MS);
  }

  #call<V extends WebhookVerb>(
    verb: V,
    body: object,
    timeoutMs = this.#timeoutMs,
  ): Promise<ReplyOf<WebhookOperations[V]>> {
    const { link, subjects } = this.#api;
    return callService(link, {
      subject: subjects.webhooks(verb),
      body,
      timeoutMs,
      service: 'a gateway, which keeps webhooks,',
      unavailable: 'GATEWAY_UNREACHABLE',
    });
  }
}
