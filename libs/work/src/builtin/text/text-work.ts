import { AppError } from '@precedent/kernel';
import { examine } from '../../text/examine.ts';
import { TEXT_OPERATIONS } from '../../text/text-call.ts';
import { blocksOf } from '../documents/blocks.ts';
import { chunksOf } from '../documents/chunks.ts';
import { DocumentFault } from '../documents/document-fault.ts';
import { documentKindOf } from '../documents/document-kind.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import { badField } from '../refusal.ts';
import { extract } from './extract.ts';
import type { ExtractOptions } from './extract.ts';
import { normalise } from './normalise.ts';
import type { NormaliseOptions } from './normalise.ts';
import { summarise } from './summarise.ts';

interface Source {
  readonly text?: string | undefined;
  readonly path?: string | undefined;
}

/** A checked `text.process` payload with an operation. */
export type TextWorkCall = Source &
  (
    | { readonly operation: 'stats' }
    | ({ readonly operation: 'normalise' } & NormaliseOptions)
    | {
        readonly operation: 'split';
        readonly kind?: DocumentKind | undefined;
        readonly maxChars: number;
        readonly overlap: number;
      }
    | ({ readonly operation: 'extract' } & ExtractOptions)
    | { readonly operation: 'summarise'; readonly sentences: number; readonly keywords: number }
  );

/** The name of the field that the text is from. */
export const sourceField = ({ path }: Source): string => (path === undefined ? 'text' : 'path');

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
    if (error instanceof DocumentFault) throw badField(sourceField(call), error.message);
    throw error;
  }
};

/** Characters of JSON that a result may have. A byte or three each: the wire has 256 KiB. */
const RESULT_BYTES = 240 * 1024;

/** A result that the report of the attempt has room for. Throws RESULT_TOO_LARGE. */
export const withinResult = (result: unknown): unknown => {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= RESULT_BYTES) return result;
  throw new AppError('RESULT_TOO_LARGE', `the result has ${bytes} bytes of ${RESULT_BYTES} at most`);
};
