import type { AuditHead, AuditMessage, AuditPosition } from '@precedent/contract-types';
import { NO_MESSAGE, readAuditText } from './message.ts';
import type { AuditContent } from './message.ts';

export interface ChainCheckOptions {
  /** Of a text, in hex. */
  readonly sha256: (text: string) => string;
  /** Whether the signature of a head is of its public key. */
  readonly isSigned: (head: AuditHead) => boolean;
  /** The keys that signatures may be of, in base64url; any key, where they are left out. */
  readonly publicKeys?: readonly string[] | undefined;
  /** Messages that are known from elsewhere: the trail must hold each of them. */
  readonly known?: readonly AuditPosition[];
}

export interface ChainVerdict {
  readonly messages: number;
  readonly entries: number;
  readonly last: AuditPosition;
  readonly heads: number;
  /** The last message that a signature covers; 0 for none. */
  readonly signedSeq: number;
  /** The keys of the signatures. */
  readonly publicKeys: readonly string[];
  /** The first message that is not as it was written. */
  readonly broken?: BrokenMessage;
}

export interface BrokenMessage {
  readonly seq: number;
  readonly reason: string;
}

/** A head is signed at once, so that it names one of the last messages before it. */
const REMEMBERED = 4_096;

/** Checks the messages of an audit trail, given in order from the first one on. */
export class ChainCheck {
  readonly #options: ChainCheckOptions;
  readonly #known: ReadonlyMap<number, readonly AuditPosition[]>;
  readonly #hashes = new Map<number, string>();
  readonly #publicKeys = new Set<string>();
  #last: AuditPosition = { seq: 0, sha256: NO_MESSAGE };
  #counts = { messages: 0, entries: 0, heads: 0, signedSeq: 0 };
  /** Does not match the message after it: either of the two was changed. */
  #suspect: number | undefined;
  #broken: BrokenMessage | undefined;

  constructor(options: ChainCheckOptions) {
    this.#options = options;
    this.#known = Map.groupBy(options.known ?? [], ({ seq }) => seq);
  }

  /** Once a message is broken, those after it are only counted. */
  add({ seq, text }: AuditMessage): void {
    const content = readAuditText(text);
    this.#counts.messages++;
    this.#counts.entries += content?.entries.length ?? 0;
    if (this.#broken === undefined) this.#broken = this.#faultIn(seq, content);
    if (this.#broken === undefined) this.#follow({ seq, sha256: this.#options.sha256(text) });
  }

  /** `end`: the position of the last message that the store says it has. */
  verdict(end = 0): ChainVerdict {
    const suspect = this.#suspect === undefined ? undefined : changed(this.#suspect);
    const broken = this.#broken ?? suspect ?? this.#cutOff(end);
    const publicKeys = [...this.#publicKeys];
    return { ...this.#counts, last: this.#last, publicKeys, ...(broken && { broken }) };
  }

  /** The messages end too early. */
  #cutOff(end: number): BrokenMessage | undefined {
    const seq = this.#last.seq + 1;
    const known = Math.max(0, ...this.#known.keys());
    if (known >= seq) return { seq, reason: `it is missing: message ${known} was signed once` };
    return end >= seq ? { seq, reason: 'it is missing' } : undefined;
  }

  #follow(position: AuditPosition): void {
    const known = this.#known.get(position.seq) ?? [];
    if (known.some(({ sha256 }) => sha256 !== position.sha256))
      this.#broken = { seq: position.seq, reason: 'it, or one before, was changed after it was signed' };
    this.#last = position;
    this.#hashes.set(position.seq, position.sha256);
    this.#hashes.delete(position.seq - REMEMBERED);
  }

  #faultIn(seq: number, content: AuditContent | undefined): BrokenMessage | undefined {
    const matches = content?.prev === this.#last.sha256;
    // The message after the suspect is whole when the next one names it.
    if (this.#suspect !== undefined) return changed(matches ? this.#suspect : this.#last.seq);
    const expected = this.#last.seq + 1;
    if (seq !== expected) return { seq: expected, reason: 'it is missing' };
    if (content === undefined) return { seq, reason: 'it is no message of an audit trail' };
    if (matches) return this.#headFaultIn(seq, content);
    if (seq === 1) return { seq, reason: 'it names a message before, but is the first' };
    this.#suspect = this.#last.seq;
    return undefined;
  }

  #headFaultIn(seq: number, { entries }: AuditContent): BrokenMessage | undefined {
    for (const entry of entries) {
      const fault = 'head' in entry ? this.#headFault(seq, entry.head) : undefined;
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #headFault(seq: number, head: AuditHead): BrokenMessage | undefined {
    const { publicKeys = [head.publicKey], isSigned } = this.#options;
    if (!publicKeys.includes(head.publicKey))
      return { seq, reason: `its signature is of another key, ${head.publicKey}` };
    if (!isSigned(head)) return { seq, reason: 'its signature is wrong' };
    if (this.#hashes.get(head.seq) !== head.sha256)
      return {
        seq: head.seq,
        reason: `it is not what message ${seq} signed: it, or one before, was changed`,
      };
    this.#publicKeys.add(head.publicKey);
    this.#counts.heads++;
    this.#counts.signedSeq = Math.max(this.#counts.signedSeq, head.seq);
    return undefined;
  }
}

const changed = (seq: number): BrokenMessage => ({
  seq,
  reason: 'it was changed: the message after it names another SHA-256',
});

/** What is signed of a head. */
export const headText = ({ seq, sha256 }: AuditPosition): string => `precedent audit ${seq} ${sha256}`;
