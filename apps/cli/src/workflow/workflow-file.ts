import path from 'node:path';
import { celConditions } from '@precedent/cel';
import type { WorkflowSpec } from '@precedent/contract-types';
import { workflowSpecSchema } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { workflowIssues } from '@precedent/orchestration';
import { definitionsIn } from '../definitions/definition-documents.ts';
import { inputText, readInput } from '../input-text.ts';
import type { Io } from '../io.ts';

/** A workflow in a file. */
export interface WorkflowDocument {
  readonly name: string;
  readonly spec: WorkflowSpec;
  /** Where it begins: `file.yaml:3`. */
  readonly where: string;
}

export const sourceText = async (
  { cwd, stdin }: Pick<Io, 'cwd' | 'stdin'>,
  file: string,
): Promise<string> => {
  if (file !== '-') return readInput(path.resolve(cwd, file));
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return inputText(Buffer.concat(chunks).toString(), 'stdin');
};

/** The workflows of a file, as the engine checks them. Throws INVALID_REQUEST with everything that is wrong with the first one that is. */
export const checkedWorkflows = async (
  io: Pick<Io, 'cwd' | 'stdin'>,
  file: string,
): Promise<readonly WorkflowDocument[]> => {
  const documents = definitionsIn(await sourceText(io, file), file).filter(({ kind }) => kind === 'workflow');
  if (documents.length === 0) throw new AppError('INVALID_REQUEST', `${file}: it holds no workflow`);
  return documents.map(({ name, spec, where }) => ({ name, where, spec: checkedSpec(spec, where) }));
};

const checkedSpec = (given: object, where: string): WorkflowSpec => {
  const read = workflowSpecSchema.safeParse(given);
  if (!read.success)
    throw wrong(
      where,
      read.error.issues.map(({ path: at, message }) => ({ field: at.join('.') || 'spec', message })),
    );
  const issues = workflowIssues(read.data, celConditions());
  if (issues.length > 0) throw wrong(where, issues);
  return read.data;
};

const wrong = (where: string, issues: readonly Issue[]): AppError => {
  const [first] = issues;
  const message = issues.length === 1 ? `${first?.field}: ${first?.message}` : `${issues.length} problems`;
  return new AppError('INVALID_REQUEST', `${where}: ${message}`, { issues: [...issues] });
};
