import type { Executor, ExecutorContext } from '@precedent/ports';
import { refuseIfStopped } from '../../stop.ts';
import { CallFailure } from '../../thread/call-failure.ts';
import type { Threads } from '../../thread/threads.ts';
import type { Parse } from '../checked.ts';
import { documentTextOf } from '../documents/document-kind.ts';
import type { RootedFiles } from '../files/rooted-files.ts';
import { invalidField } from '../refusal.ts';
import type { ThreadCalls } from '../thread-calls.ts';
import { sourceField } from './text-source.ts';
import type { TextWorkCall } from './text-work.ts';

export interface TextWorkOptions {
  readonly parse: Parse<TextWorkCall>;
  readonly files: RootedFiles;
  /** Where texts are processed. */
  readonly threads: Threads<ThreadCalls>;
  /** What counts and hashes: runs payloads without an operation. */
  readonly counting: Executor;
  /** Bytes of a file. */
  readonly maxBytes: number;
}

/**
 * `text.process`. Rejects with INVALID_TASK, with RESULT_TOO_LARGE when what comes out does not fit into a result, with a
 * AttemptYield, or with the error of a stop.
 */
export const textWorkExecutor = (options: TextWorkOptions): Executor => {
  return async (job, context) => {
    const { operation } = Object(job.task.payload) as { operation?: unknown };
    if (operation === undefined) return await options.counting(job, context);
    refuseIfStopped(context.signal);
    const call = options.parse(job.task.payload);
    const text = await textOf(call, options);
    context.heartbeat();
    return await worked({ call, text }, options.threads, context);
  };
};

/** Milliseconds that a thread may take for one text; a pattern has its own limit. */
const WORK_MS = 30_000;

const worked = async (
  input: { readonly call: TextWorkCall; readonly text: string },
  threads: Threads<ThreadCalls>,
  context: ExecutorContext,
): Promise<unknown> => {
  const { call } = input;
  const limitMs = call.operation === 'extract' ? call.timeoutMs : WORK_MS;
  try {
    return await threads.run('text', input, { context, limitMs });
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const [field, expected] =
      call.operation === 'extract' ? ['pattern', 'all matches'] : [sourceField(call), 'the result'];
    throw invalidField(field, `expected ${expected} within ${limitMs} ms; ${error.message}`);
  }
};

const textOf = async (
  { text, path }: Pick<TextWorkCall, 'text' | 'path'>,
  { files, maxBytes }: TextWorkOptions,
): Promise<string> => {
  if ((text === undefined) === (path === undefined))
    throw invalidField('text', 'expected either a text or a path; got both, or none');
  return text ?? (await fileText(path ?? '', files, maxBytes));
};

/** The text of a file of the worker. Throws INVALID_TASK for one that is missing, too large, or no text. */
export const fileText = async (path: string, files: RootedFiles, maxBytes: number): Promise<string> => {
  const read = await files.read(path, maxBytes);
  if (read.kind === 'too_large')
    throw invalidField('path', `expected a file of ${maxBytes} bytes at most; ${path} has ${read.bytes}`);
  const text = read.kind === 'content' ? documentTextOf(read.bytes) : undefined;
  if (text !== undefined) return text;
  throw invalidField(
    'path',
    `expected a text file; ${path} is ${read.kind === 'content' ? 'binary' : read.kind}`,
  );
};
