/** Says which engine should write a cell. It only keeps engines from competing; the journal's sequence decides which one can. */
export interface LeaseStore {
  /** Milliseconds after which a lease that is not renewed is gone. */
  readonly ttlMs: number;
  /**
   * Takes the lease when it is free, or already `owner`'s. Resolves to the owner it has now. `dead`: the owner that the call before resolved
   * to, if its process has ended: its lease is taken too, unless it was renewed after that call.
   */
  acquire(cell: string, owner: string, dead?: string): Promise<string>;
  /** `false`: the lease is no longer `owner`'s. */
  renew(cell: string, owner: string): Promise<boolean>;
  release(cell: string, owner: string): Promise<void>;
}
