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
  WebhookSpec,
  WebhookView,
  WebhooksReply,
} from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import type { Caller } from './callers.port.ts';

/** A secret of a webhook, which only the gateways of the cell can open. */
export interface SealedSecret {
  readonly sealed: string;
  readonly createdAt: EpochMs;
  /** It does not sign from then on. */
  readonly expiresAt?: EpochMs;
}

/** A webhook as it is stored. */
export interface StoredWebhook extends WebhookSpec {
  readonly id: string;
  /** Who made it, or changed it last; absent where access is open. */
  readonly principal?: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  /** The latest first. */
  readonly secrets: readonly SealedSecret[];
  /** Why it was disabled, where no person did it. */
  readonly disabledBecause?: string;
  /** It delivers what follows this sequence. */
  readonly from: string;
}

/** How far a webhook is. */
export interface WebhookPosition {
  /** Deliveries of all events up to this sequence are submitted. */
  readonly at: string;
  /** Events between these were forgotten before. */
  readonly gap?: { readonly from: string; readonly to: string };
}

/** The webhooks of a cell. All methods reject NATS_UNREACHABLE. */
export interface WebhookStore {
  /** By id. */
  list(): Promise<readonly StoredWebhook[]>;
  get(id: string): Promise<StoredWebhook | undefined>;
  /**
   * Decides on what is stored, and stores the result: `undefined` removes the webhook, and its position. Decides again when another program
   * has changed it meanwhile. Rejects with what `decide` throws.
   */
  change(
    id: string,
    decide: (stored: StoredWebhook | undefined) => StoredWebhook | undefined,
  ): Promise<StoredWebhook | undefined>;
  positionOf(id: string): Promise<WebhookPosition | undefined>;
  setPosition(id: string, position: WebhookPosition): Promise<void>;
  /** Resolves after the next change of a webhook, after a while without one, and when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

/** The operations on webhooks. To refuse, they reject with an `AppError`. */
export interface WebhookApi {
  create(request: CreateWebhookRequest, caller: Caller): Promise<NewWebhookView>;
  list(request: ListWebhooksRequest, caller: Caller): Promise<WebhooksReply>;
  get(id: string, caller: Caller): Promise<WebhookView>;
  update(request: UpdateWebhookRequest, caller: Caller): Promise<WebhookView>;
  remove(id: string, caller: Caller): Promise<WebhookView>;
  rotate(request: RotateWebhookRequest, caller: Caller): Promise<NewWebhookView>;
  deliveries(request: DeliveriesRequest, caller: Caller): Promise<DeliveriesReply>;
  redeliver(request: RedeliverRequest, caller: Caller): Promise<RedeliverReply>;
  test(id: string, caller: Caller): Promise<TestWebhookReply>;
}
