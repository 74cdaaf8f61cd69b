import type { EpochMs, ErrorCode } from '@precedent/kernel';
import type { Grant, PrincipalKind } from './access.ts';

/** A request of a caller, as the audit trail has it: a mutation that was allowed, or a refusal. */
export interface AuditedRequest {
  readonly at: EpochMs;
  /** The program that decided. */
  readonly service: string;
  /** `<group>.<verb>` of the catalogue, such as `task.cancel`; `worker.report` for messages of workers, `connect` for a connection, `publish` and `subscribe` for what the NATS server denied. */
  readonly operation: string;
  readonly decision: 'allowed' | 'refused';
  /** Of a refusal. */
  readonly code?: ErrorCode;
  /** The id of the credential, as the server let the caller name it. */
  readonly credential: string;
  /** Absent: no valid credential has this id. */
  readonly principal?: string;
  readonly kind?: PrincipalKind;
  /** As the caller named it; `*`: the cell as a whole. */
  readonly namespace: string;
  readonly project?: string;
  /** Ids of what it is about, the first ones; of what the NATS server denied the subject. */
  readonly targets?: readonly string[];
  /** The grant that was added or removed. */
  readonly grant?: Grant;
  /** Of W3C Trace Context, in hex. */
  readonly traceId?: string;
  /** The host of the connection that was refused, or of the last one of the credential, where the program knows it. */
  readonly from?: string;
  /** Why a connection was refused. */
  readonly reason?: string;
  /** Of refusals that were counted: how many there were since `at`. The other fields are those of the first of them. */
  readonly count?: number;
}

/** A message of the trail, by its SHA-256 in hex. */
export interface AuditPosition {
  readonly seq: number;
  readonly sha256: string;
}

/** A message of the trail, as it is stored. */
export interface AuditMessage {
  readonly seq: number;
  readonly text: string;
}

/** The next messages after a position. */
export interface AuditPageReply {
  /** None at the end of the trail. */
  readonly messages: readonly AuditMessage[];
  /** Of the last message of the trail; 0 without any. */
  readonly lastSeq: number;
}

/** A message of the trail and with it all messages before, signed. */
export interface AuditHead extends AuditPosition {
  /** Ed25519, in base64url. */
  readonly signature: string;
  /** The raw key, in base64url. */
  readonly publicKey: string;
}

export interface SignedHead {
  readonly at: EpochMs;
  readonly service: string;
  readonly head: AuditHead;
}

export type AuditEntry = AuditedRequest | SignedHead;
