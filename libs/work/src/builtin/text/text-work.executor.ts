import { AppError } from '@precedent/kernel';
import type { Executor } from '@precedent/ports';
import { examine } from '../../text/examine.ts';
import { TEXT_OPERATIONS } from '../../text/text-call.ts';
import { refuseIfStopped } from '../../stop.ts';
import type { Parse } from '../checked.ts';
import { blocksOf } from '../documents/blocks.ts';
import { chunksOf } from '../documents/chunks.ts';
import { documentKindOf, documentTextOf } from '../documents/document-kind.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import type { RootedFiles } from '../files/rooted-files.ts';
import { badField } from '../refusal.ts';
import { extract } from './extract.ts';
import type { ExtractTerms } from './extract.ts';
import { normalise } from './normalise.ts';
import type { NormaliseTerms } from './normalise.ts';
import { summarise } from './summarise.ts';

interface Source {
  readonly text?: string | undefined;
  readonly path?: string | undefined;
}

/** A checked `text.process` payload with an operation. */
export type TextWorkCall = Source &
  (
    | { readonly operation: 'stats' }
    | ({ readonly operation: 'normalise' } & NormaliseTerms)
    | {
        readonly operation: 'split';
        readonly kind?: DocumentKind | undefined;
        readonly maxChars: number;
        readonly overlap: number;
      }
    | ({ readonly operation: 'extract' } & ExtractTerms)
    | { readonly operation: 'summarise'; readonly sentences: number; readonly keywords: number }
  );

export interface TextWorkOptions {
  readonly parse: Parse<TextWorkCall>;
  readonly files: RootedFiles;
  /** What counts and hashes: runs payloads without an operation. */
  readonly counting: Executor;
  /** Bytes of a file. */
  readonly maxBytes: number;
}

/**
 * `text.process`. Rejects with INVALID_TASK, with RESULT_TOO_LARGE when what comes out does not fit into a result, or with the
 * error of a stop.
 */
export const textWorkExecutor = (options: TextWorkOptions): Executor => {
  return async (job, context) => {
    const { operation } = Object(job.task.payload) as { operation?: unknown };
    if (operation === undefined) return await options.counting(job, context);
    refuseIfStopped(context.signal);
    const call = options.parse(job.task.payload);
    const text = await textOf(call, options);
    context.heartbeat();
    return withinResult(await work(call, text, context.signal));
  };
};

const work = async (call: TextWorkCall, text: string, signal: AbortSignal): Promise<unknown> => {
  switch (call.operation) {
    case 'stats': {
      const terms = { operations: TEXT_OPERATIONS, topTerms: 10, signal };
      return await examine(Buffer.from(text), terms, () => undefined);
    }
    case 'normalise':
      return { text: normalise(text, call) };
    case 'split':
      return { chunks: chunksOf(blocksOf(text, call.kind ?? documentKindOf(call.path ?? '')), call) };
    case 'extract':
      return await extract(text, call, signal);
    case 'summarise':
      return summarise(text, call);
  }
};

const textOf = async ({ text, path }: Source, { files, maxBytes }: TextWorkOptions): Promise<string> => {
  if ((text === undefined) === (path === undefined))
    throw badField('text', 'expected either a text or a path; got both, or none');
  return text ?? (await fileText(path ?? '', files, maxBytes));
};

/** The text of a file of the worker. Throws INVALID_TASK for one that is missing, too large, or no text. */
export const fileText = async (path: string, files: RootedFiles, maxBytes: number): Promise<string> => {
  const read = await files.read(path, maxBytes);
  if (read.kind === 'too_large')
    throw badField('path', `expected a file of ${maxBytes} bytes at most; ${path} has ${read.bytes}`);
  const text = read.kind === 'content' ? documentTextOf(read.bytes) : undefined;
  if (text !== undefined) return text;
  throw badField(
    'path',
    `expected a text file; ${path} is ${read.kind === 'content' ? 'binary' : read.kind}`,
  );
};

/** Characters of JSON that a result may have. A byte or three each: the wire has 256 KiB. */
const RESULT_BYTES = 240 * 1024;

/** A result that the report of the attempt has room for. Throws RESULT_TOO_LARGE. */
export const withinResult = (result: unknown): unknown => {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= RESULT_BYTES) return result;
  throw new AppError('RESULT_TOO_LARGE', `the result has ${bytes} bytes of ${RESULT_BYTES} at most`);
};
