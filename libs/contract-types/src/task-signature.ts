/** Of a submitter over its task: Ed25519 over `signedText`. Both in base64url. */
export interface TaskSignature {
  /** The public key, 32 bytes: it is the id of the signer as well. */
  readonly key: string;
  /** 64 bytes. */
  readonly value: string;
}

/**
 * The text that a submitter signs. `digest`: the SHA-256 of `specText`. With the id, so that a signature is of one task and cannot be moved
 * to another one with the same content.
 */
export const signedText = (id: string, digest: string): string => `precedent-task-v1\n${id}\n${digest}`;
