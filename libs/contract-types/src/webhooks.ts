import type { Band, EpochMs, Problem } from '@precedent/kernel';
import type { TaskEventName, TaskState } from './task-view.ts';

/** The type of the tasks that deliver events to webhooks. Only gateways submit and run them, and their own events are not delivered. */
export const DELIVERY_TYPE = 'webhook.deliver';

/** The label of a delivery with the id of its webhook. */
export const WEBHOOK_LABEL = 'webhook';

/** The events that a webhook can have: those that are in the journal. */
export const WEBHOOK_EVENTS = [
  'queued',
  'started',
  'retrying',
  'requeued',
  'stopping',
  'preempting',
  'preempted',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'skipped',
  'rejected',
] as const satisfies readonly TaskEventName[];
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What a webhook is without what it was given by us. */
export interface WebhookSpec {
  /** Its events are those of tasks in this namespace. */
  readonly namespace: string;
  /** Only of tasks in this project; of all when left out. */
  readonly project?: string;
  /** Absolute, http or https. */
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Only of tasks of these types, and of these bands; of all when left out. */
  readonly types?: readonly string[];
  readonly bands?: readonly Band[];
  readonly description?: string;
  /** Whether events are delivered. */
  readonly enabled: boolean;
}

/** A webhook as every interface shows it, without its secrets. */
export interface WebhookView extends WebhookSpec {
  readonly id: string;
  /** `suspended`: its principal has no valid credential, or may not read there any more. */
  readonly state: 'active' | 'disabled' | 'suspended';
  /** Why it is not active. */
  readonly reason?: string;
  /** Who made it, or changed it last: it gets what this principal may read. Absent where access is open. */
  readonly principal?: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  /** Secrets that sign now: two after a rotation, until the first one ends. */
  readonly secrets: number;
  /** The event up to which deliveries were submitted, by its sequence. */
  readonly position?: string;
  /** Events between these were forgotten before they could be delivered. */
  readonly gap?: { readonly from: string; readonly to: string };
}

/** The only place where a secret appears. */
export interface NewWebhookView extends WebhookView {
  /** `whsec_` and base64: what the receiver verifies signatures with. */
  readonly secret: string;
}

export interface CreateWebhookRequest {
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
  readonly url: string;
  /** The verdicts when left out. */
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly bands?: readonly Band[] | undefined;
  readonly description?: string | undefined;
}

/** What is left out stays. */
export interface UpdateWebhookRequest {
  readonly id: string;
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
  /** None: of all. */
  readonly types?: readonly string[] | undefined;
  readonly bands?: readonly Band[] | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
}

export interface ListWebhooksRequest {
  readonly namespace?: string | undefined;
  readonly project?: string | undefined;
}

export interface RotateWebhookRequest {
  readonly id: string;
  /** Milliseconds for which the secret before also signs. */
  readonly overlapMs: number;
}

export interface WebhooksReply {
  readonly webhooks: readonly WebhookView[];
}

export interface DeliveriesRequest {
  readonly id: string;
  readonly state?: readonly TaskState[] | undefined;
  /** Of their submission: from here on. Epoch milliseconds. */
  readonly since?: EpochMs | undefined;
  readonly limit?: number | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

/** A delivery is a task: it can be read, explained and deleted as any other. */
export interface DeliveryView {
  /** Of the task that delivers. */
  readonly id: string;
  /** The id under which the receiver gets the event, the same each time. */
  readonly messageId: string;
  /** What happened, and the task that it happened to. */
  readonly event?: string;
  readonly task?: string;
  readonly state: TaskState;
  /** Tries so far. */
  readonly attempt: number;
  readonly submittedAt: EpochMs;
  readonly dueAt?: EpochMs;
  readonly settledAt?: EpochMs;
  /** Why it failed last; its details are what the receiver answered. */
  readonly error?: Problem;
}

export interface DeliveriesReply {
  /** The latest first. */
  readonly deliveries: readonly DeliveryView[];
  readonly cursor?: string;
}

export interface RedeliverRequest {
  readonly id: string;
  /** This delivery. Left out: those that failed. */
  readonly delivery?: string | undefined;
  /** Those that failed and were submitted since then. Epoch milliseconds. */
  readonly since?: EpochMs | undefined;
  /** Of the answer before, with the same conditions. */
  readonly cursor?: string | undefined;
}

export interface RedeliverReply {
  /** The new deliveries. */
  readonly deliveries: readonly string[];
  /** There are more. */
  readonly cursor?: string;
}

export interface TestWebhookReply {
  /** Whether the receiver answered with a status of 200 to 299. */
  readonly ok: boolean;
  readonly status?: number;
  readonly durationMs: number;
  /** The beginning of what the receiver answered. */
  readonly body?: string;
  /** Why no answer came. */
  readonly failure?: Problem;
}
