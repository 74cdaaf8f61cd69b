import type {
  CreateWebhookRequest,
  DeliveriesReply,
  DeliveriesRequest,
  HistoryFeedReply,
  ListWebhooksRequest,
  NewWebhookView,
  RedeliverReply,
  RedeliverRequest,
  RotateWebhookRequest,
  TestWebhookReply,
  UpdateWebhookRequest,
  WebhookView,
  WebhooksReply,
} from '@precedent/contract-types';
import { ANY } from '@precedent/contract-types';
import { AppError, defined, problemOf, ulids } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type {
  Caller,
  CallingPrincipal,
  OperationCalls,
  StoredWebhook,
  TextSeal,
  WebhookApi,
  WebhookStore,
} from '@precedent/ports';
import { administered, administers, unknownWebhook } from './administered.ts';
import { changedWebhook, isEnabling, newWebhook } from './changes.ts';
import { listDeliveries, redeliver } from './deliveries.ts';
import { testMessage } from './message.ts';
import type { WebhookMessage } from './message.ts';
import type { WebhookPrincipals } from './principals.ts';
import type { Answer, Receiver } from './receiver.ts';
import { madeSecret, openedSecrets, rotatedSecrets } from './secrets.ts';
import { webhookView } from './webhook-view.ts';

export interface WebhookOptions {
  readonly store: WebhookStore;
  readonly calls: OperationCalls;
  readonly principals: WebhookPrincipals;
  readonly seal: TextSeal;
  readonly cell: string;
  /** Of a webhook that names none. */
  readonly namespace: string;
  readonly now: () => EpochMs;
  /** Sends a message once. */
  readonly send: (receiver: Receiver, message: WebhookMessage) => Promise<Answer>;
}

/** Webhooks of one namespace, at most. */
const PER_NAMESPACE = 100;
const ANSWER_MS = 10_000;

/** The operations on webhooks. An administrator of a webhook's namespace, or of its project, administers the webhook. */
export class WebhookAdministration implements WebhookApi {
  readonly #options: WebhookOptions;
  readonly #ulid = ulids(Math.random);

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async create(request: CreateWebhookRequest, caller: Caller): Promise<NewWebhookView> {
    const { store, seal, principals, now } = this.#options;
    const { scope } = caller;
    const namespace =
      request.namespace ?? (scope.namespace === ANY ? this.#options.namespace : scope.namespace);
    const place = { namespace, ...defined({ project: request.project }) };
    if (!administers(caller, place, now())) throw notAdministered(namespace);
    const listed = (await store.list()).filter((one) => one.namespace === namespace);
    if (listed.length >= PER_NAMESPACE) throw tooMany(namespace);
    const id = this.#ulid(now());
    const { secret, stored } = madeSecret(seal, id, now());
    const making = { id, namespace, principal: nameOf(caller), secret: stored, now: now() };
    const webhook = newWebhook(request, { ...making, from: '' });
    const from = await this.#lastFor(principals.callerOf(webhook), namespace);
    await store.change(id, () => ({ ...webhook, from }));
    return { ...(await this.#view({ ...webhook, from })), secret };
  }

  async list({ namespace, project }: ListWebhooksRequest, caller: Caller): Promise<WebhooksReply> {
    const { store, now } = this.#options;
    const found = (await store.list()).filter(
      (one) =>
        administers(caller, one, now()) &&
        (namespace ?? one.namespace) === one.namespace &&
        (project === undefined || project === one.project),
    );
    return { webhooks: await Promise.all(found.map((one) => this.#view(one))) };
  }

  async get(id: string, caller: Caller): Promise<WebhookView> {
    return this.#view(await this.#administered(id, caller));
  }

  async update(request: UpdateWebhookRequest, caller: Caller): Promise<WebhookView> {
    const { store, principals, now } = this.#options;
    const { id } = request;
    const stored = await this.#administered(id, caller);
    const principal = nameOf(caller);
    const changing = { principal, now: now() };
    const reader = principals.callerOf(changedWebhook(stored, request, { ...changing, from: undefined }));
    const from = isEnabling(stored, request) ? await this.#lastFor(reader, stored.namespace) : undefined;
    if (from !== undefined) await store.setPosition(id, { at: from });
    const changed = await store.change(id, (latest) =>
      changedWebhook(administered(latest, id, { caller, now: now() }), request, { ...changing, from }),
    );
    return this.#shown(id, changed);
  }

  async remove(id: string, caller: Caller): Promise<WebhookView> {
    const view = await this.get(id, caller);
    await this.#options.store.change(id, (latest) => {
      administered(latest, id, { caller, now: this.#options.now() });
      return undefined;
    });
    return view;
  }

  async rotate({ id, overlapMs }: RotateWebhookRequest, caller: Caller): Promise<NewWebhookView> {
    const { store, seal, now } = this.#options;
    const made = madeSecret(seal, id, now());
    const changed = await store.change(id, (latest) => {
      const webhook = administered(latest, id, { caller, now: now() });
      return {
        ...webhook,
        secrets: rotatedSecrets(webhook.secrets, made.stored, overlapMs),
        updatedAt: now(),
      };
    });
    return { ...(await this.#shown(id, changed)), secret: made.secret };
  }

  async deliveries({ id, ...conditions }: DeliveriesRequest, caller: Caller): Promise<DeliveriesReply> {
    const webhook = await this.#administered(id, caller);
    const { calls } = this.#options;
    return listDeliveries({ calls, webhook, caller: callingAs(caller, webhook) }, conditions);
  }

  async redeliver({ id, ...conditions }: RedeliverRequest, caller: Caller): Promise<RedeliverReply> {
    const webhook = await this.#administered(id, caller);
    const { calls, principals, now } = this.#options;
    const reader = principals.callerOf(webhook);
    const newId = (): string => this.#ulid(now());
    return redeliver({ calls, webhook, caller: callingAs(caller, webhook), reader, newId }, conditions);
  }

  async test(id: string, caller: Caller): Promise<TestWebhookReply> {
    const { seal, cell, send, now } = this.#options;
    const webhook = await this.#administered(id, caller);
    const startedAt = performance.now();
    const message = testMessage(id, cell, { id: this.#ulid(now()), at: now() });
    try {
      const secrets = openedSecrets(seal, webhook, now());
      const { retryAfterMs: _, ...answer } = await send({ url: webhook.url, secrets }, message);
      return { ok: answer.status >= 200 && answer.status < 300, ...answer };
    } catch (error) {
      return { ok: false, durationMs: Math.round(performance.now() - startedAt), failure: problemOf(error) };
    }
  }

  async #administered(id: string, caller: Caller): Promise<StoredWebhook> {
    const { store, now } = this.#options;
    return administered(await store.get(id), id, { caller, now: now() });
  }

  async #view(webhook: StoredWebhook): Promise<WebhookView> {
    const { store, principals, now } = this.#options;
    const position = await store.positionOf(webhook.id);
    return webhookView(webhook, { position, principals, now: now() });
  }

  #shown(id: string, changed: StoredWebhook | undefined): Promise<WebhookView> {
    if (changed === undefined) throw unknownWebhook(id);
    return this.#view(changed);
  }

  /** The sequence of the last event that there is. */
  async #lastFor(caller: CallingPrincipal | undefined, namespace: string): Promise<string> {
    const request = { namespace, limit: 1 };
    const call = { group: 'history', verb: 'feed', request, caller, timeoutMs: ANSWER_MS };
    return ((await this.#options.calls.call(call)) as HistoryFeedReply).last;
  }
}

const nameOf = ({ principal }: Caller): string | undefined => principal?.principal.name;

/** Who requests it, in the namespace of the webhook. */
const callingAs = ({ principal }: Caller, { namespace }: StoredWebhook): CallingPrincipal | undefined =>
  principal && { namespace, credential: principal.principal.credential };

const notAdministered = (namespace: string): AppError =>
  new AppError(
    'FORBIDDEN',
    `a webhook of all of namespace ${namespace} needs the role admin there; name a project`,
    {
      details: { namespace, right: 'administer' },
    },
  );

const tooMany = (namespace: string): AppError =>
  new AppError(
    'INVALID_REQUEST',
    `namespace ${namespace} has ${PER_NAMESPACE} webhooks, the most that it may have`,
  );
