import type { Tree } from '../temp-tree.ts';
import { manifest, rootManifest, withTree } from '../temp-tree.ts';
import { readWorkspace } from '../workspace.ts';
import type { Layer } from './layers.ts';
import { LAYERS, checkLayers, isLayer, maySee } from './layers.ts';

/** One small tree that the check must refuse, or, as the control, must let pass. */
interface Trial {
  readonly name: string;
  readonly tree: Tree;
  readonly refused: boolean;
}

/**
 * Sends forbidden imports through the real scanner and lists those that pass unnoticed. A check that finds nothing is
 * only worth believing while this stays empty.
 */
export const layersCanary = (): string[] => trials().filter(isMissed).map(describe);

const isMissed = ({ tree, refused }: Trial): boolean =>
  withTree(tree, (root) => checkLayers(readWorkspace(root)).length > 0) !== refused;

const describe = ({ name, refused }: Trial): string =>
  refused ? `${name}: should fail and passes` : `${name}: should pass and fails`;

const trials = (): Trial[] => [...edges(), ...spellings(), ...escapes(), ...tags()];

const edges = (): Trial[] => {
  const layers = Object.keys(LAYERS).filter(isLayer);
  return layers.flatMap((from) =>
    layers.map((to) => ({
      name: `${from} → ${to}`,
      tree: pair(from, to, "import { x } from '@precedent/to';"),
      refused: !maySee(from, to),
    })),
  );
};

const pair = (from: Layer, to: Layer, code: string): Tree => ({
  ...rootManifest(),
  'libs/from/package.json': manifest('@precedent/from', [`layer:${from}`]),
  'libs/from/src/index.ts': code,
  'libs/to/package.json': manifest('@precedent/to', [`layer:${to}`]),
  'libs/to/src/index.ts': 'export const x = 1;',
});

/** However an import is written, it is an import. */
const spellings = (): Trial[] =>
  [
    "import type { X } from '@precedent/to';",
    "export { x } from '@precedent/to';",
    "export const load = () => import('@precedent/to');",
    "export type X = import('@precedent/to/entry').X;",
    'import {\n  x,\n} from "@precedent/to";',
  ].map((code) => ({ name: `domain → port by ${code}`, tree: pair('domain', 'port', code), refused: true }));

const escapes = (): Trial[] => [
  {
    name: 'a relative import out of the package',
    tree: pair('app', 'kernel', "import { x } from '../../to/src/index.ts';"),
    refused: true,
  },
  { name: 'domain → zod', tree: pair('domain', 'kernel', "import { z } from 'zod';"), refused: true },
  { name: 'domain → xstate', tree: pair('domain', 'kernel', "import { x } from 'xstate';"), refused: false },
];

const tags = (): Trial[] =>
  [[], ['layer:kernel', 'layer:domain'], ['layer:unheard-of']].map((given) => ({
    name: `a package with the tags [${given.join(', ')}]`,
    tree: { ...rootManifest(), 'libs/a/package.json': manifest('@precedent/a', given) },
    refused: true,
  }));
