import type { Source, Workspace, WorkspacePackage } from '../workspace.ts';
import { isTest, packageOf, resolveRelative } from '../workspace.ts';

interface Row {
  /** The layers whose packages this one may import. */
  readonly sees: readonly string[];
  /** The npm packages its product code may import; any, where it is left out. */
  readonly packages?: readonly string[];
  /** The layers that its tests may import in addition. */
  readonly testsSee?: readonly string[];
}

const ADAPTER_SEES = ['kernel', 'contract-types', 'domain', 'port', 'contract', 'web-server'] as const;

/** Apps wire everything. */
const APP_SEES = [
  'kernel',
  'contract-types',
  'contract',
  'domain',
  'port',
  'runtime',
  'web-server',
  'adapter',
  'memory',
  'sdk',
  'app',
] as const;

/** Who may import whom. A layer sees only what its row lists, so a new layer sees nothing until someone decides. */
export const LAYERS = {
  kernel: { sees: [], packages: [] },
  // The types of the wire without its schemas: what every layer may name.
  'contract-types': { sees: ['kernel'], packages: [] },
  contract: { sees: ['kernel', 'contract-types'], packages: ['zod'] },
  domain: { sees: ['kernel', 'contract-types', 'domain'], packages: ['xstate'] },
  port: { sees: ['kernel', 'contract-types', 'domain'], packages: [] },
  runtime: {
    sees: ['kernel', 'contract-types', 'domain', 'port', 'runtime'],
    packages: ['xstate', 'htmlparser2'],
  },
  // What adapters share that listen on a port.
  'web-server': { sees: ['kernel', 'port'], packages: ['fastify', 'rate-limiter-flexible'] },
  adapter: { sees: ADAPTER_SEES, testsSee: ['memory'] },
  // The ports in memory: what the tests of an adapter have in place of a mock.
  memory: { sees: ADAPTER_SEES },
  sdk: { sees: ['kernel', 'contract-types', 'contract'] },
  testkit: { sees: ['kernel', 'contract-types', 'contract', 'domain', 'port'] },
  app: { sees: APP_SEES },
  verification: { sees: [...APP_SEES, 'testkit', 'verification'] },
} as const satisfies Record<string, Row>;

export type Layer = keyof typeof LAYERS;

export const isLayer = (name: string | undefined): name is Layer =>
  name !== undefined && Object.hasOwn(LAYERS, name);

/** The rule itself. */
export const maySee = (from: Layer, to: Layer): boolean => {
  const row: Row = LAYERS[from];
  return row.sees.includes(to);
};

const isSeenByTest = (from: Layer, to: Layer, file: string): boolean => {
  const row: Row = LAYERS[from];
  return row.testsSee?.includes(to) === true && (isTest(file) || file.includes('/testing/'));
};

const mayUse = (from: Layer, npmPackage: string): boolean => {
  const row: Row = LAYERS[from];
  return row.packages === undefined || row.packages.includes(npmPackage);
};

/** Every package without exactly one known layer, and every import that its layer does not allow. */
export const checkLayers = (workspace: Workspace): string[] =>
  workspace.packages.flatMap((from) => {
    const [layer, ...more] = from.layers;
    if (!isLayer(layer) || more.length > 0) return [badTag(from)];
    return from.sources.flatMap((source) =>
      source.imports.flatMap((specifier) => judge({ workspace, from, layer, source }, specifier)),
    );
  });

const badTag = ({ dir, layers }: WorkspacePackage): string =>
  `${dir}/package.json: needs exactly one known layer tag, has [${layers.join(', ')}]`;

interface Importer {
  readonly workspace: Workspace;
  readonly from: WorkspacePackage;
  readonly layer: Layer;
  readonly source: Source;
}

const judge = ({ workspace, from, layer, source }: Importer, specifier: string): string[] => {
  if (specifier.startsWith('.')) return leaves(from, source, specifier);
  const name = packageOf(specifier);
  if (name === undefined || name === from.name) return [];
  const target = workspace.packages.find((candidate) => candidate.name === name);
  if (!target) {
    const allowed = isTest(source.path) || mayUse(layer, name);
    return allowed ? [] : [`${source.path}: ${layer} may not use the npm package ${name}`];
  }
  const seen = target.layers[0];
  if (isLayer(seen) && (maySee(layer, seen) || isSeenByTest(layer, seen, source.path))) return [];
  return [`${source.path}: ${layer} may not see ${seen ?? 'an untagged package'} (${specifier})`];
};

const leaves = (from: WorkspacePackage, source: Source, specifier: string): string[] => {
  if (resolveRelative(source, specifier).startsWith(`${from.dir}/`)) return [];
  return [`${source.path}: leaves its package by ${specifier}; import the package by name`];
};
