import { examine } from '../../text/examine.ts';
import { TEXT_OPERATIONS } from '../../text/text-call.ts';
import { blocksOf } from '../documents/blocks.ts';
import { chunksOf } from '../documents/chunks.ts';
import { DocumentFault } from '../documents/document-fault.ts';
import { documentKindOf } from '../documents/document-kind.ts';
import type { TextFormat } from '../documents/document-kind.ts';
import { invalidField } from '../refusal.ts';
import { withinResult } from '../within-result.ts';
import { extract } from './extract.ts';
import type { ExtractOptions } from './extract.ts';
import { normalise } from './normalise.ts';
import type { NormaliseOptions } from './normalise.ts';
import { summarise } from './summarise.ts';
import { sourceField } from './text-source.ts';
import type { TextSource } from './text-source.ts';

/** A checked `text.process` payload with an operation. */
export type TextWorkCall = TextSource &
  (
    | { readonly operation: 'stats' }
    | ({ readonly operation: 'normalise' } & NormaliseOptions)
    | {
        readonly operation: 'split';
        readonly kind?: TextFormat | undefined;
        readonly maxChars: number;
        readonly overlap: number;
      }
    | ({ readonly operation: 'extract' } & ExtractOptions)
    | { readonly operation: 'summarise'; readonly sentences: number; readonly keywords: number }
  );

/**
 * What comes of an operation on a text; runs in a thread. Throws INVALID_TASK for a pattern or a document that is none, and
 * RESULT_TOO_LARGE.
 */
export const textWork = async ({
  call,
  text,
}: {
  readonly call: TextWorkCall;
  readonly text: string;
}): Promise<unknown> => withinResult(await worked(call, text));

const worked = async (call: TextWorkCall, text: string): Promise<unknown> => {
  switch (call.operation) {
    case 'stats': {
      const options = { operations: TEXT_OPERATIONS, topTerms: 10, signal: new AbortController().signal };
      return await examine(Buffer.from(text), options, () => undefined);
    }
    case 'normalise':
      return { text: normalise(text, call) };
    case 'split':
      return { chunks: split(text, call) };
    case 'extract':
      return extract(text, call);
    case 'summarise':
      return summarise(text, call);
  }
};

const split = (text: string, call: Extract<TextWorkCall, { operation: 'split' }>) => {
  try {
    return chunksOf(blocksOf(text, call.kind ?? documentKindOf(call.path ?? '')), call);
  } catch (error) {
    if (error instanceof DocumentFault) throw invalidField(sourceField(call), error.message);
    throw error;
  }
};
