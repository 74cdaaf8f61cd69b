/** What makes a document one that is not worked on. */
export type DocumentFaultReason = 'too_deep' | 'too_complex';

/** A text that is no document of its kind that could be cut at a reasonable cost. */
export class DocumentFault extends Error {
  override readonly name = 'DocumentFault';
  readonly reason: DocumentFaultReason;

  constructor(reason: DocumentFaultReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
