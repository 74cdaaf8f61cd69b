import { createHash } from 'node:crypto';
import { normalForm } from '@precedent/kernel';
import { blocksOf } from './blocks.ts';
import { chunksOf } from './chunks.ts';
import type { Chunk, ChunkOptions } from './chunks.ts';
import { DocumentFault } from './document-fault.ts';
import { documentTextOf } from './document-kind.ts';
import type { TextFormat } from './document-kind.ts';
import type { SkipReason } from './document-state.ts';

export interface CutInput {
  /** Of the whole file. */
  readonly bytes: Uint8Array;
  readonly kind: TextFormat;
  readonly options: ChunkOptions;
  /** How it is cut and embedded: a part of the hash. */
  readonly recipe: string;
}

/** `hash`: of the content and the recipe, SHA-256, hexadecimal. */
export type CutDocument =
  | { readonly hash: string; readonly chunks: readonly Chunk[] }
  | { readonly skip: SkipReason };

/** A file as chunks, composed (NFC) as queries are, or why it is skipped. Linear in its bytes; runs in a thread. */
export const cutDocument = ({ bytes, kind, options, recipe }: CutInput): CutDocument => {
  const text = documentTextOf(bytes);
  if (text === undefined) return { skip: 'binary' };
  try {
    const chunks = chunksOf(blocksOf(normalForm(text), kind), options);
    if (chunks.length === 0) return { skip: 'empty' };
    return { chunks, hash: createHash('sha256').update(recipe).update(bytes).digest('hex') };
  } catch (error) {
    if (error instanceof DocumentFault) return { skip: error.reason };
    // The length of a string, or the stack, was exceeded.
    if (error instanceof RangeError) return { skip: 'too_complex' };
    throw error;
  }
};
