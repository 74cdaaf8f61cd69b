/** Why a call has no answer: `too_slow` (not in its time), `out_of_memory`, or `crashed`. */
export type CallFailureReason = 'too_slow' | 'out_of_memory' | 'crashed';

/** The thread of a call was ended, or ended by itself, before there was an answer. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly reason: CallFailureReason;

  constructor(reason: CallFailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
