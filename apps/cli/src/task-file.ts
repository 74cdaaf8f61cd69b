import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { TaskSpec } from '@precedent/contracts';
import { AppError, cutGraphemes } from '@precedent/kernel';
import { exactJson } from './exact-json.ts';
import type { Io } from './io.ts';
import { inputLines, readInput } from './input-text.ts';

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
  if (file === '-') return { tasks: tasksIn(Readable.from(stdin), 'stdin') };
  const absolute = path.resolve(cwd, file);
  if (/\.(ndjson|jsonl)$/i.test(file)) return { tasks: tasksIn(createReadStream(absolute), file) };
  const document = exactJson(readInput(absolute), file);
  const specs = (Array.isArray(document) ? document : [document]).map((spec, index) => {
    return asTask(spec, `${file}[${index}]`);
  });
  return { total: specs.length, tasks: Readable.from(specs) };
};

async function* tasksIn(input: Readable, name: string): AsyncGenerator<TaskSpec, void, undefined> {
  for await (const { line, where } of inputLines(input, name)) yield asTask(exactJson(line, where), where);
}

/** Only its shape: the engine checks the rest, and says for each task what is wrong with it. */
const asTask = (value: unknown, where: string): TaskSpec => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as TaskSpec;
  throw new AppError(
    'INVALID_REQUEST',
    `${where} is ${cutGraphemes(JSON.stringify(value), 100)}; a task is an object`,
  );
};
