import type { Job } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Executor, ObjectStore } from '@precedent/ports';
import { checked } from '../checked.ts';
import type { Parse } from '../checked.ts';
import type { RootedFiles } from '../files/rooted-files.ts';
import { invalidField } from '../refusal.ts';
import { taskObjects } from './task-objects.ts';
import type { TaskObjects } from './task-objects.ts';

/** Checked payloads. */
export interface PutCall {
  readonly name: string;
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
  readonly path?: string | undefined;
  readonly contentType?: string | undefined;
  readonly onlyNew: boolean;
}
export interface GetCall {
  readonly name: string;
  readonly as: 'text' | 'base64';
  readonly path?: string | undefined;
}
export interface CopyCall {
  readonly from: string;
  readonly to: string;
}
export interface DeleteCall {
  readonly name: string;
}
export interface ListCall {
  readonly prefix: string;
  readonly after: string;
  readonly limit: number;
}

export interface StorageOptions {
  readonly parse: {
    readonly put: Parse<PutCall>;
    readonly get: Parse<GetCall>;
    readonly copy: Parse<CopyCall>;
    readonly delete: Parse<DeleteCall>;
    readonly list: Parse<ListCall>;
  };
  readonly objects: ObjectStore;
  readonly files: RootedFiles;
}

export type StorageExecutors = Readonly<Record<keyof StorageOptions['parse'], Executor>>;

/** Objects of the task's namespace. They reject with INVALID_TASK, PAYLOAD_TOO_LARGE, RESULT_TOO_LARGE or NATS_UNREACHABLE. */
export const storageExecutors = ({ parse, objects, files }: StorageOptions): StorageExecutors => {
  const of = (job: Job): TaskObjects => taskObjects(objects, job);
  return {
    put: checked(parse.put, (call, job) => put(call, of(job), files)),
    get: checked(parse.get, (call, job) => get(call, of(job), files)),
    copy: checked(parse.copy, ({ from, to }, job) => copy(from, to, of(job))),
    delete: checked(parse.delete, async ({ name }, job) => ({
      removed: await of(job).remove(name),
    })),
    list: checked(parse.list, (call, job) => list(call, of(job))),
  };
};

const put = async (call: PutCall, objects: TaskObjects, files: RootedFiles): Promise<unknown> => {
  if (call.onlyNew && (await objects.stat(call.name)) !== undefined)
    throw invalidField('name', `expected a new name; there is an object ${call.name}`);
  const content = await contentOf(call, objects.maxObjectBytes, files);
  return await objects.put(call.name, content, call.contentType);
};

const contentOf = async (
  { text, base64, path = '' }: PutCall,
  maxBytes: number,
  files: RootedFiles,
): Promise<Uint8Array> => {
  if (text !== undefined) return Buffer.from(text);
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  const read = await files.read(path, maxBytes);
  if (read.kind === 'content') return read.bytes;
  if (read.kind === 'too_large')
    throw new AppError('PAYLOAD_TOO_LARGE', `${path} has ${read.bytes} bytes of ${maxBytes} at most`);
  throw invalidField('path', `expected a file; ${path} is ${read.kind}`);
};

/** Of an object in a result: base64 makes four bytes of three, and JSON may make six of one. */
const INLINE_BYTES = 160 * 1024;

const get = async (
  { name, as, path }: GetCall,
  objects: TaskObjects,
  files: RootedFiles,
): Promise<unknown> => {
  const [about, content] = [await objects.stat(name), await objects.get(name)];
  if (about === undefined || content === undefined) throw invalidField('name', `there is no object ${name}`);
  if (path !== undefined) return { ...about, path: await files.write(path, content) };
  if (content.length > INLINE_BYTES) {
    const message = `${name} has ${content.length} bytes, and a result takes ${INLINE_BYTES}; give a path`;
    throw new AppError('RESULT_TOO_LARGE', message);
  }
  if (as === 'base64') return { ...about, base64: Buffer.from(content).toString('base64') };
  return { ...about, text: textOf(content, name) };
};

const textOf = (content: Uint8Array, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw invalidField('as', `expected "base64" for ${name}: it is no UTF-8 text`);
  }
};

const copy = async (from: string, to: string, objects: TaskObjects): Promise<unknown> => {
  const [about, content] = [await objects.stat(from), await objects.get(from)];
  if (about === undefined || content === undefined) throw invalidField('from', `there is no object ${from}`);
  return await objects.put(to, content, about.contentType);
};

const list = async ({ prefix, after, limit }: ListCall, objects: TaskObjects): Promise<unknown> => {
  const found = (await objects.list(prefix)).filter(({ name }) => name > after);
  const some = found.slice(0, limit);
  const last = some.at(-1);
  return { objects: some, ...(found.length > some.length && last && { next: last.name }) };
};
