import path from 'node:path';

type Targets = Readonly<Record<string, object>>;
type Nodes = { readonly projects: Readonly<Record<string, { readonly targets: Targets }>> };

/**
 * Gives every package the targets `lint` and `test`, so that `nx affected -t test` works without a line in any
 * package.json. What they do is in `nx.json`.
 */
export const createNodesV2 = [
  '{libs/*,apps/*,test,tools}/package.json',
  (files: readonly string[]): (readonly [file: string, nodes: Nodes])[] =>
    files.map((file) => [file, { projects: { [path.dirname(file)]: { targets: { lint: {}, test: {} } } } }]),
] as const;
