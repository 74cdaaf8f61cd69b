import type { AccessOperations, AccessVerb, ReplyOf } from '@precedent/contracts';
import type {
  AccessPage,
  AddSignerRequest,
  AuditPageReply,
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
import type { Api } from './api.ts';
import { callService } from './api.ts';

/**
 * Keys, grants, signers and the audit trail, where access is required. The client needs the role admin: of the cell for everything, of a namespace for its
 * grants, and for keys and signers of principals whose names begin with the namespace and two dashes. Everything here throws ENGINE_UNREACHABLE when no engine
 * answers.
 */
export class AccessClient {
  readonly #api: Api;
  readonly #timeoutMs: number;

  constructor(api: Api, timeoutMs: number) {
    this.#api = api;
    this.#timeoutMs = timeoutMs;
  }

  /** By id, at most 1,000; `cursor` of an answer is for the next ones. */
  keys(page: AccessPage = {}): Promise<KeysReply> {
    return this.#call('keys', page);
  }

  /** Makes a key. The answer is the only place where it appears. Throws INVALID_REQUEST and FORBIDDEN. */
  createKey(request: CreateKeyRequest): Promise<NewKeyView> {
    return this.#call('createKey', request);
  }

  /** Makes a key that replaces another one, which ends `overlapMs` later. Throws ACCESS_NOT_FOUND, INVALID_REQUEST and FORBIDDEN. */
  rotateKey(request: RotateKeyRequest): Promise<NewKeyView> {
    return this.#call('rotateKey', request);
  }

  /** Ends a key now, with the connections that use it. Throws ACCESS_NOT_FOUND. */
  revokeKey(id: string): Promise<KeyView> {
    return this.#call('revokeKey', { id });
  }

  grants(page: AccessPage = {}): Promise<GrantsReply> {
    return this.#call('grants', page);
  }

  /** Throws INVALID_REQUEST, and FORBIDDEN for a grant that gives more than the caller holds. */
  addGrant(grant: GrantSpec): Promise<Grant> {
    return this.#call('addGrant', { grant });
  }

  /** Resolves to what the grant was. Throws ACCESS_NOT_FOUND. */
  removeGrant(id: string): Promise<Grant> {
    return this.#call('removeGrant', { id });
  }

  /** The keys with which principals sign their tasks, also removed ones. */
  signers(page: AccessPage = {}): Promise<SignersReply> {
    return this.#call('signers', page);
  }

  /** `publicKey`: of Ed25519, 32 bytes in base64url. Throws INVALID_REQUEST for a key that is known already, and FORBIDDEN. */
  addSigner(request: AddSignerRequest): Promise<Signer> {
    return this.#call('addSigner', request);
  }

  /** What the key signs is refused from now on; what it signed before stays so. Throws ACCESS_NOT_FOUND. */
  removeSigner(id: string): Promise<Signer> {
    return this.#call('removeSigner', { id });
  }

  /** The audit trail as it is stored, from the message behind `after` on. Only for an admin of the cell. Throws AUDIT_UNAVAILABLE. */
  audit(after = 0): Promise<AuditPageReply> {
    return this.#call('audit', { after });
  }

  #call<V extends AccessVerb>(verb: V, body: object): Promise<ReplyOf<AccessOperations[V]>> {
    const { link, subjects } = this.#api;
    return callService(link, {
      subject: subjects.access(verb),
      body,
      timeoutMs: this.#timeoutMs,
      service: 'the engine of a cell that requires keys',
      unavailable: 'ENGINE_UNREACHABLE',
    });
  }
}
