import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './command.ts';
import { apiPage } from './generators/api.ts';
import { BENCHMARKS_PAGE, benchmarksPage } from './generators/benchmarks.ts';
import { cliPage } from './generators/cli.ts';
import { configPage } from './generators/config.ts';
import { errorsPage } from './generators/errors.ts';
import { grpcPage } from './generators/grpc.ts';
import { httpPage } from './generators/http.ts';
import { mcpPage } from './generators/mcp.ts';
import { protoFiles } from './generators/proto/index.ts';
import { lifecyclePage } from './generators/lifecycles.ts';
import { lockfileText } from './generators/lockfile.ts';
import { taskTypesPage } from './generators/task-types.ts';
import { workerProtocolPage } from './generators/worker-protocol.ts';
import { telemetryPage } from './generators/telemetry.ts';
import { discoverMachines } from './machines/discover.ts';

export interface Generator {
  /** The files that are this generator's alone: one of them that it no longer makes is left over. */
  readonly owns: string;
  /** File path → text. */
  readonly make: (root: string) => Promise<Readonly<Record<string, string>>>;
}

/** Add a generator here, and `npm run generate` and the check know it. */
const GENERATORS: readonly Generator[] = [
  { owns: 'docs/api.md', make: async () => ({ 'docs/api.md': apiPage() }) },
  { owns: BENCHMARKS_PAGE, make: async (root) => ({ [BENCHMARKS_PAGE]: benchmarksPage(root) }) },
  { owns: 'docs/cli.md', make: async () => ({ 'docs/cli.md': cliPage() }) },
  { owns: 'docs/configuration.md', make: async () => ({ 'docs/configuration.md': configPage() }) },
  { owns: 'docs/errors.md', make: async () => ({ 'docs/errors.md': errorsPage() }) },
  { owns: 'docs/grpc.md', make: async () => ({ 'docs/grpc.md': grpcPage() }) },
  { owns: 'docs/http.md', make: async () => ({ 'docs/http.md': httpPage() }) },
  { owns: 'docs/mcp.md', make: async () => ({ 'docs/mcp.md': mcpPage() }) },
  { owns: 'proto/precedent/**/*.proto', make: async (root) => protoFiles(root) },
  { owns: 'docs/lifecycles/*.md', make: (root) => lifecycles(root) },
  { owns: 'package-lock.json', make: async (root) => ({ 'package-lock.json': lockfileText(root) }) },
  { owns: 'docs/task-types.md', make: async () => ({ 'docs/task-types.md': taskTypesPage() }) },
  {
    owns: 'docs/worker-protocol.md',
    make: async () => ({ 'docs/worker-protocol.md': workerProtocolPage() }),
  },
  { owns: 'docs/telemetry.md', make: async () => ({ 'docs/telemetry.md': telemetryPage() }) },
];

const lifecycles = async (root: string): Promise<Record<string, string>> => {
  const machines = await discoverMachines(root);
  return Object.fromEntries(
    machines.map((machine) => [`docs/lifecycles/${machine.name}.md`, lifecyclePage(machine)]),
  );
};

/** What differs between the disk and what would be generated now, as problems. */
export const staleFiles = async (root: string, generators = GENERATORS): Promise<string[]> => {
  const problems = await Promise.all(generators.map((generator) => stale(root, generator)));
  return problems.flat();
};

const stale = async (root: string, { owns, make }: Generator): Promise<string[]> => {
  const made = await make(root);
  const old = Object.entries(made).filter(([file, text]) => readIfThere(path.join(root, file)) !== text);
  const leftOver = leftOvers(root, owns, made);
  return [
    ...old.map(([file]) => `${file}: stale; run npm run generate`),
    ...leftOver.map((file) => `${file}: nothing generates it any more; run npm run generate`),
  ];
};

const leftOvers = (root: string, owns: string, made: Readonly<Record<string, string>>): string[] =>
  globSync(owns, { cwd: root }).filter((file) => !Object.hasOwn(made, file));

const readIfThere = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

/** Writes every generated file, and removes those that nothing generates any more. */
export const generate = async (root: string, generators = GENERATORS): Promise<void> => {
  for (const { owns, make } of generators) {
    const made = await make(root);
    for (const file of leftOvers(root, owns, made)) rmSync(path.join(root, file));
    for (const [file, text] of Object.entries(made)) write(path.join(root, file), text);
  }
};

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const main = async (): Promise<void> => {
  if (!process.argv.includes('--check')) return generate(ROOT);
  const problems = await staleFiles(ROOT);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
};

if (import.meta.main) await main();
