import { randomUUID } from 'node:crypto';
import {
  addSigner,
  administeredGrant,
  administeredKey,
  administeredSigner,
  endKey,
  endOfKey,
  giveGrant,
  grantsFor,
  keysFor,
  makeKey,
  removeGrant,
  signersFor,
  withdrawKey,
  withdrawSigner,
} from '@precedent/access';
import type { AccessChange, AccessState, Administrator, RequestFacts } from '@precedent/access';
import type {
  AccessKey,
  AccessPage,
  AddSignerRequest,
  AuditMessage,
  CreateKeyRequest,
  Grant,
  GrantSpec,
  GrantsReply,
  KeyView,
  KeysReply,
  NewKeyView,
  RotateKeyRequest,
  Signer,
  SignersReply,
} from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import type { AccessOperations } from '@precedent/contracts';
import { defined } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { newKey } from '@precedent/ports';
import type { AccessRegistry, AuditTrail, Caller } from '@precedent/ports';
import type { HandlersOf, RecordAllowed } from './json-service.ts';

export interface AccessHandlersOptions {
  readonly registry: AccessRegistry;
  readonly trail: Pick<AuditTrail, 'last' | 'read'>;
  readonly now: () => EpochMs;
}

/** Handlers for the operations on keys, grants, signers and the audit trail. */
export const accessHandlers = ({
  registry,
  trail,
  now,
}: AccessHandlersOptions): HandlersOf<AccessOperations> => {
  const access = new AccessAdministration(registry, now);
  return {
    keys: (page, caller) => access.keys(page, caller),
    createKey: (request, caller, record) => access.createKey(request, caller, record),
    rotateKey: (request, caller, record) => access.rotateKey(request, caller, record),
    revokeKey: ({ id }, caller, record) => access.revokeKey(id, caller, record),
    grants: (page, caller) => access.grants(page, caller),
    addGrant: ({ grant }, caller, record) => access.addGrant(grant, caller, record),
    removeGrant: ({ id }, caller, record) => access.removeGrant(id, caller, record),
    signers: (page, caller) => access.signers(page, caller),
    addSigner: (request, caller, record) => access.addSigner(request, caller, record),
    removeSigner: ({ id }, caller, record) => access.removeSigner(id, caller, record),
    audit: async ({ after = 0 }) => {
      const lastSeq = (await trail.last())?.seq ?? 0;
      return { messages: answerOf(await trail.read(after)), lastSeq };
    },
  };
};

/** Characters of the messages in one answer, about: it must fit into a message of any server. */
const AUDIT_CHARS = 400_000;

const answerOf = (messages: readonly AuditMessage[]): readonly AuditMessage[] => {
  let chars = 0;
  const end = messages.findIndex(({ text }) => (chars += text.length) > AUDIT_CHARS);
  return end === -1 ? messages : messages.slice(0, Math.max(1, end));
};

type Decide = (state: AccessState) => AccessChange;

class AccessAdministration {
  readonly #registry: AccessRegistry;
  readonly #now: () => EpochMs;

  constructor(registry: AccessRegistry, now: () => EpochMs) {
    this.#registry = registry;
    this.#now = now;
  }

  async keys(page: AccessPage, caller: Caller): Promise<KeysReply> {
    const admin = await this.#admin(caller);
    const { items, ...next } = pageOf(keysFor(this.#registry, admin), page);
    return { keys: items.map((key) => keyView(key, admin.now)), ...next };
  }

  async createKey(request: CreateKeyRequest, caller: Caller, record: RecordAllowed): Promise<NewKeyView> {
    const admin = await this.#admin(caller);
    const { principal, kind = 'service', expiresAt } = request;
    const made = newKeyOf({ principal, kind, ...defined({ expiresAt }) }, admin.now);
    await this.#add(made.key, admin, record);
    return made.view;
  }

  async rotateKey(request: RotateKeyRequest, caller: Caller, record: RecordAllowed): Promise<NewKeyView> {
    const admin = await this.#admin(caller);
    const { id, overlapMs, expiresAt } = request;
    const { principal, kind } = administeredKey(this.#registry, admin, id);
    const made = newKeyOf({ principal, kind, replaces: id, ...defined({ expiresAt }) }, admin.now);
    const end: Decide = (state) => endKey(state, admin, { id, at: admin.now + overlapMs });
    end(this.#registry);
    await this.#add(made.key, admin, record);
    await this.#registry.change(end);
    return made.view;
  }

  async revokeKey(id: string, caller: Caller, record: RecordAllowed): Promise<KeyView> {
    const admin = await this.#admin(caller);
    const key = administeredKey(this.#registry, admin, id);
    await this.#change(
      (state) => withdrawKey(state, admin, id),
      () => record(keyFacts(key)),
    );
    return keyView(this.#registry.keyOf(id) ?? key, this.#now());
  }

  async grants(page: AccessPage, caller: Caller): Promise<GrantsReply> {
    const { items, ...next } = pageOf(grantsFor(this.#registry, await this.#admin(caller)), page);
    return { grants: items, ...next };
  }

  async addGrant(spec: GrantSpec, caller: Caller, record: RecordAllowed): Promise<Grant> {
    const admin = await this.#admin(caller);
    const { grant } = giveGrant(admin, { ...spec, id: randomUUID() });
    await this.#change(
      () => giveGrant(admin, grant),
      () => record({ targets: [grant.id, grant.principal], grant }),
    );
    return grant;
  }

  async removeGrant(id: string, caller: Caller, record: RecordAllowed): Promise<Grant> {
    const admin = await this.#admin(caller);
    const grant = administeredGrant(this.#registry, admin, id);
    await this.#change(
      (state) => removeGrant(state, admin, id),
      () => record({ targets: [id, grant.principal], grant }),
    );
    return grant;
  }

  async signers(page: AccessPage, caller: Caller): Promise<SignersReply> {
    const { items, ...next } = pageOf(signersFor(this.#registry, await this.#admin(caller)), page);
    return { signers: items, ...next };
  }

  async addSigner(
    { principal, publicKey }: AddSignerRequest,
    caller: Caller,
    record: RecordAllowed,
  ): Promise<Signer> {
    const admin = await this.#admin(caller);
    const signer = { id: publicKey, principal, createdAt: admin.now };
    await this.#change(
      (state) => addSigner(state, admin, signer),
      () => record({ targets: [publicKey, principal] }),
    );
    return signer;
  }

  async removeSigner(id: string, caller: Caller, record: RecordAllowed): Promise<Signer> {
    const admin = await this.#admin(caller);
    const signer = administeredSigner(this.#registry, admin, id);
    await this.#change(
      (state) => withdrawSigner(state, admin, id),
      () => record({ targets: [id, signer.principal] }),
    );
    return this.#registry.signerOf(id) ?? signer;
  }

  /** After what another program has stored just now, perhaps for the same client. */
  async #admin({ principal, scope }: Caller): Promise<Administrator> {
    await this.#registry.refresh();
    return { caller: principal, namespace: scope.namespace, now: this.#now() };
  }

  #add(key: AccessKey, admin: Administrator, record: RecordAllowed): Promise<void> {
    return this.#change(
      (state) => makeKey(state, admin, key),
      () => record(keyFacts(key)),
    );
  }

  /** Decides, records what is going to be done, and decides again on what is stored then. */
  async #change(decide: Decide, record: () => Promise<void>): Promise<void> {
    decide(this.#registry);
    await record();
    await this.#registry.change(decide);
  }
}

/** For the audit trail: which key, and of whom. */
const keyFacts = ({ id, principal, replaces }: AccessKey): RequestFacts => ({
  targets: [id, principal, ...(replaces === undefined ? [] : [replaces])],
});

interface PageItem {
  readonly id: string;
  readonly principal: string;
}

const pageOf = <T extends PageItem>(
  all: readonly T[],
  { principal, cursor = '', limit = LIMITS.listed }: AccessPage,
): { readonly items: readonly T[]; readonly cursor?: string } => {
  const rest = all.filter((one) => one.id > cursor && (principal ?? one.principal) === one.principal);
  const items = rest.slice(0, limit);
  return { items, ...(rest.length > limit && defined({ cursor: items.at(-1)?.id })) };
};

const newKeyOf = (
  wanted: Pick<AccessKey, 'principal' | 'kind' | 'replaces' | 'expiresAt'>,
  createdAt: EpochMs,
): { readonly key: AccessKey; readonly view: NewKeyView } => {
  const { text, id, sha256 } = newKey();
  const key: AccessKey = { ...wanted, id, sha256, createdAt };
  return { key, view: { ...keyView(key, createdAt), key: text } };
};

/** Field by field: what is stored of the secret stays here. */
const keyView = (key: AccessKey, now: EpochMs): KeyView => {
  const { id, principal, kind, createdAt, expiresAt, revokedAt, replaces } = key;
  const state = endOfKey(key, now) ?? 'valid';
  return { id, principal, kind, state, createdAt, ...defined({ expiresAt, revokedAt, replaces }) };
};
