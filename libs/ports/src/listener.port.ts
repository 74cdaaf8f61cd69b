/** PEM texts of a certificate and its private key. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** With it the listener serves TLS only. */
  readonly tls?: PemPair | undefined;
  /** Names for which it is served, in addition to those of loopback and to addresses. */
  readonly hosts?: readonly string[];
  /** From one address, at the same time. */
  readonly connectionsMax?: number;
}

/** An interface of the gateway that listens. */
export interface Listener {
  /** Such as `http://127.0.0.1:16080`. */
  readonly url: string;
  /** New connections get another certificate; those that there are stay. */
  renew(tls: PemPair): void;
  /** Answers what is under way; refuses what comes. */
  close(): Promise<void>;
}
