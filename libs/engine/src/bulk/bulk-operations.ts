import type {
  BulkPiece,
  BulkPieceReply,
  BulkPreview,
  BulkPreviewRequest,
  LeaseRef,
  TaskView,
} from '@precedent/contract-types';
import type { BulkApi, Caller, OrProblem } from '@precedent/ports';
import type { BulkParts } from './bulk-parts.ts';
import { BulkPieces } from './bulk-pieces.ts';
import { previewBulk } from './bulk-preview.ts';
import { startBulk } from './bulk-start.ts';

/** The same operation on many tasks, which a filter finds. What lies between its steps is stored, so that any engine goes on. */
export class BulkOperations implements BulkApi {
  readonly #parts: BulkParts;
  readonly #pieces: BulkPieces;

  constructor(parts: BulkParts) {
    this.#parts = parts;
    this.#pieces = new BulkPieces(parts);
  }

  preview(request: BulkPreviewRequest, caller: Caller): Promise<BulkPreview> {
    return previewBulk(this.#parts, request, caller);
  }

  start(token: string, caller: Caller): Promise<TaskView> {
    return startBulk(this.#parts, token, caller);
  }

  act(session: string, lease: LeaseRef, piece: BulkPiece): Promise<OrProblem<BulkPieceReply>> {
    return this.#pieces.act(session, lease, piece);
  }
}
