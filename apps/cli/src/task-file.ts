import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { TaskSpec } from '@precedent/contracts';
import { AppError, cutGraphemes } from '@precedent/kernel';
import type { Io } from './io.ts';
import { readInput } from './task-flags.ts';

/** The tasks of a file. `total` is known only where the whole file had to be read. */
export interface TaskFile {
  readonly total?: number;
  readonly tasks: AsyncIterable<TaskSpec>;
}

/**
 * Reads tasks from `file`: one JSON document (an array, or one task), or one task on each line for `.ndjson`, `.jsonl` and
 * stdin (`-`), which are read as they are submitted and so may be of any length.
 */
export const openTaskFile = (file: string, { stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>): TaskFile => {
  if (file === '-') return { tasks: lines(Readable.from(stdin), 'stdin') };
  const absolute = path.resolve(cwd, file);
  if (/\.(ndjson|jsonl)$/i.test(file)) return { tasks: lines(createReadStream(absolute), file) };
  const document = parse(readInput(absolute), file);
  const specs = (Array.isArray(document) ? document : [document]).map((spec, index) => {
    return asTask(spec, `${file}[${index}]`);
  });
  return { total: specs.length, tasks: Readable.from(specs) };
};

async function* lines(input: Readable, name: string): AsyncGenerator<TaskSpec, void, undefined> {
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line.trim() !== '') yield asTask(parse(line, `${name}:${number}`), `${name}:${number}`);
    }
  } catch (error) {
    throw error === input.errored ? unreadable(name, input.errored) : error;
  }
}

const unreadable = (name: string, cause: Error | null): AppError =>
  new AppError('INVALID_REQUEST', `${name} cannot be read: ${cause?.message ?? ''}`, { cause });

const parse = (content: string, where: string): unknown => {
  try {
    return JSON.parse(content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('INVALID_REQUEST', `${where} is not JSON: ${why}`);
  }
};

/** Only its shape: the engine checks the rest, and says for each task what is wrong with it. */
const asTask = (value: unknown, where: string): TaskSpec => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as TaskSpec;
  throw new AppError(
    'INVALID_REQUEST',
    `${where} is ${cutGraphemes(JSON.stringify(value), 100)}; a task is an object`,
  );
};
