import type { AccessChange, AccessState } from '@precedent/access';
import type { Principal } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/**
 * The keys, grants and signers of a cell. Each process that opened it holds all of them in memory, and learns of every change as it is stored, so
 * that reading is synchronous and a revocation is effective everywhere at once.
 */
export interface AccessRegistry extends AccessState {
  /**
   * The principal of a credential that is valid now. Says nothing about the secret: see `verifyKey`. The same object as long as nothing
   * of the principal changes.
   */
  principalOf(credential: string, now: EpochMs): Principal | undefined;
  /** The id of the credential that all tokens of a principal have; `undefined` when no trusted issuer gives it tokens. */
  tokenCredentialOf(principal: string): string | undefined;
  /**
   * Decides on the present state and stores the change. Decides again when another process has changed something meanwhile, so that of
   * two at once only one counts with a state that is not true any more. Resolves when the change is durable and visible here. Rejects
   * with what `decide` throws, and with NATS_UNREACHABLE.
   */
  change(decide: (state: AccessState) => AccessChange): Promise<void>;
  /** Resolves when everything is visible here that was stored before the call. Rejects NATS_UNREACHABLE. */
  refresh(): Promise<void>;
  /** Calls `listener` with the name of a principal after something of its access has changed. The returned function ends that. */
  onChange(listener: (principal: string) => void): () => void;
  close(): Promise<void>;
}
