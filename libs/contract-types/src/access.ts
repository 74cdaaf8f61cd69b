import type { Band, EpochMs } from '@precedent/kernel';

/** What an operation requires of its caller. */
export const RIGHTS = ['read', 'submit', 'control', 'approve', 'administer', 'work'] as const;
export type Right = (typeof RIGHTS)[number];

/** A bundle of rights that can be granted. `worker` is for programs that run tasks. */
export const ROLES = ['viewer', 'submitter', 'operator', 'approver', 'admin', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** By how the caller authenticated: a person by a login, an agent or a service by a key that says so. */
export const PRINCIPAL_KINDS = ['human', 'agent', 'service'] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** Of the name of a principal. That of an OpenID token holds the URL of its issuer. */
export const PRINCIPAL_CHARS_MAX = 512;

/** Everything of a dimension: of a grant's namespaces or projects. */
export const ANY = '*';

/** What a principal may do in one namespace, or in all of the cell. */
export interface Grant {
  readonly id: string;
  /** The name of the principal that has it. */
  readonly principal: string;
  readonly role: Role;
  /** `*`: every namespace, and the operations of the cell as a whole. */
  readonly namespace: string;
  /** `*`: every project of the namespace. */
  readonly project: string;
  /** The highest band of tasks that it may submit; `critical` when left out. */
  readonly highestBand?: Band;
  /** The task types that it may submit; all when left out, but for an agent none that runs programs or calls hosts. */
  readonly types?: readonly string[];
  /** Of a worker: the pools that it may serve; all when left out. */
  readonly pools?: readonly string[];
  /** Critical tasks that it may submit in any hour; no limit when left out. */
  readonly criticalPerHour?: number;
  /** Security labels of tasks that it may see, or run as a worker; `*` among them: all. */
  readonly clearances?: readonly string[];
  readonly expiresAt?: EpochMs;
}

/** A key of a principal, as it is stored: the secret itself is nowhere. */
export interface AccessKey {
  /** The id of the credential, one token of a subject. */
  readonly id: string;
  readonly principal: string;
  readonly kind: PrincipalKind;
  /** SHA-256 of the secret, hexadecimal. */
  readonly sha256: string;
  readonly createdAt: EpochMs;
  /** It is not valid from then on. */
  readonly expiresAt?: EpochMs;
  readonly revokedAt?: EpochMs;
  /** The id of the key that it was made to replace. */
  readonly replaces?: string;
}

/** A key with which a principal signs its tasks. One that was removed stays known, with what it signed before. */
export interface Signer {
  /** The public key of Ed25519, 32 bytes in base64url. */
  readonly id: string;
  readonly principal: string;
  readonly createdAt: EpochMs;
  /** What it signs is not accepted from then on. */
  readonly removedAt?: EpochMs;
}

/** A caller whose credential was checked, with its grants. */
export interface Principal {
  readonly name: string;
  readonly kind: PrincipalKind;
  /** The id of the credential; never its secret. */
  readonly credential: string;
  readonly grants: readonly Grant[];
  /** Its credential ends then. */
  readonly expiresAt?: EpochMs;
}

/** What one request may reach: the filter that every service applies to what it reads and changes. */
export interface AccessScope extends Clearances {
  /** `*`: all of the cell. */
  readonly namespace: string;
  /** `*`: every project of the namespace. */
  readonly projects: readonly string[] | typeof ANY;
}

/** The security labels of tasks that a caller may see; what has no label needs no clearance. */
export interface Clearances {
  /** Security labels that the caller is cleared for in all of these projects. `*`: all. */
  readonly clearances: readonly string[] | typeof ANY;
  /** Labels that it is cleared for in single projects only. A filter that does not know them shows too little, never too much. */
  readonly projectClearances?: readonly ProjectClearances[];
}

/** A filter as a service passes it on: with the clearances of the caller, which no request names. Absent: for all labels. */
export type Cleared<F> = F & { readonly cleared?: Clearances | undefined };

export interface ProjectClearances {
  readonly project: string;
  /** `*` among them: all. */
  readonly labels: readonly string[];
}

/** Where an operation acts: on things of a namespace, or on the cell as a whole. */
export const REACHES = ['namespace', 'cell'] as const;
export type Reach = (typeof REACHES)[number];
