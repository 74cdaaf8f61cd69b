import type { Source, Workspace } from '../workspace.ts';
import { packageOf, resolveRelative } from '../workspace.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

/** Every import cycle between files, type imports too, as `a.ts → b.ts → a.ts`. */
export const checkCycles = (workspace: Workspace): string[] => findCycles(fileGraph(workspace));

const fileGraph = (workspace: Workspace): Graph => {
  const sources = workspace.packages.flatMap((one) => one.sources);
  const indexes = new Map(workspace.packages.map(({ name, dir }) => [name, `${dir}/src/index.ts`]));
  return new Map(sources.map((source) => [source.path, targets(source, indexes)]));
};

const targets = (source: Source, indexes: ReadonlyMap<string, string>): string[] =>
  source.imports.flatMap((specifier) => {
    if (specifier.startsWith('.')) return [resolveRelative(source, specifier)];
    const index = indexes.get(packageOf(specifier) ?? '');
    return index === undefined ? [] : [index];
  });

/** A depth-first walk: an import of a file that is still open closes a cycle. */
const findCycles = (graph: Graph): string[] => {
  const open: string[] = [];
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const start = open.indexOf(file);
    if (start >= 0) {
      cycles.push([...open.slice(start), file].join(' → '));
      return;
    }
    open.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    open.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
};
