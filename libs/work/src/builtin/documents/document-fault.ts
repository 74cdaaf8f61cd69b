/** Why a document is not processed. */
export type DocumentFaultReason = 'too_deep' | 'too_complex';

/** A text that cannot be cut into chunks at a reasonable cost. */
export class DocumentFault extends Error {
  override readonly name = 'DocumentFault';
  readonly reason: DocumentFaultReason;

  constructor(reason: DocumentFaultReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
