import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APPS = ['cli', 'engine', 'worker'];

/**
 * Bundles the programs, each into its own `dist/main.mjs`. A bundled engine starts faster and needs some 40 MB less than
 * one that node reads as TypeScript, file by file.
 */
const bundle = async (app: string): Promise<void> => {
  const build = await rolldown({
    input: path.join(ROOT, `apps/${app}/src/main.ts`),
    platform: 'node',
    resolve: { conditionNames: ['precedent:source', 'node', 'import', 'default'] },
    logLevel: 'warn',
  });
  await build.write({
    file: path.join(ROOT, `apps/${app}/dist/main.mjs`),
    format: 'esm',
    codeSplitting: false,
  });
  await build.close();
};

await Promise.all(APPS.map(bundle));
