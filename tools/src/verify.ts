import { describeKeys } from '@precedent/config';
import { checkConfigKeys } from './checks/config-keys.ts';
import { checkCycles } from './checks/cycles.ts';
import { checkDependencies } from './checks/dependencies.ts';
import { layersCanary } from './checks/layers-canary.ts';
import { checkLayers } from './checks/layers.ts';
import { checkPurity } from './checks/purity.ts';
import { KNOWN_REPETITIONS, NOT_YET_TIDY } from './checks/ratchets.ts';
import { checkRepeatedNames } from './checks/repeated-names.ts';
import { checkTextCuts } from './checks/text-cuts.ts';
import { checkTidy } from './checks/tidy.ts';
import { checkTraps } from './checks/traps.ts';
import { checkUnusedExports } from './checks/unused-exports.ts';
import { checkVocabulary } from './checks/vocabulary.ts';
import type { Outcome } from './command.ts';
import { ROOT, check, command } from './command.ts';
import { staleFiles } from './generate.ts';
import { closingLineIn } from './reporter.ts';
import type { Step } from './steps.ts';
import { runSteps } from './steps.ts';
import { readWorkspace } from './workspace.ts';

const runTests = async (signal: AbortSignal): Promise<Outcome> => {
  const outcome = await command('vitest', 'run')(signal);
  return { ...outcome, note: closingLineIn(outcome.output) ?? '' };
};

/** They only read, so they run side by side. */
const staticSteps = (): Step[] => {
  const workspace = readWorkspace(ROOT);
  return [
    { name: 'format', run: command('oxfmt', '--check') },
    { name: 'types', run: command('tsc', '--noEmit', '-p', 'tsconfig.json') },
    // With the built-ins of Node 20 and of browsers only.
    { name: 'types of client', run: command('tsc', '-p', 'libs/client/tsconfig.package.json') },
    { name: 'lint', run: command('oxlint', '--type-aware', '--deny-warnings') },
    { name: 'layers', run: check(() => checkLayers(workspace)) },
    { name: 'layers canary', run: check(layersCanary) },
    { name: 'cycles', run: check(() => checkCycles(workspace)) },
    { name: 'dependencies', run: check(() => checkDependencies(workspace)) },
    { name: 'purity', run: check(() => checkPurity(workspace)) },
    { name: 'text cuts', run: check(() => checkTextCuts(workspace)) },
    { name: 'traps', run: check(() => checkTraps(workspace)) },
    {
      name: 'config keys',
      run: check(() =>
        checkConfigKeys(
          workspace,
          describeKeys().map(({ key }) => key),
        ),
      ),
    },
    { name: 'unused exports', run: check(() => checkUnusedExports(workspace, NOT_YET_TIDY)) },
    { name: 'repeated names', run: check(() => checkRepeatedNames(workspace, KNOWN_REPETITIONS)) },
    { name: 'vocabulary', run: check(() => checkVocabulary(ROOT)) },
    { name: 'generated files', run: check(() => staleFiles(ROOT)) },
    { name: 'tidy', run: check(() => checkTidy(ROOT)) },
  ];
};

const print = (line: string): void => console.log(line);

const verify = async (withTests: boolean): Promise<boolean> => {
  if (!(await runSteps(staticSteps(), print))) return false;
  return !withTests || runSteps([{ name: 'tests', run: runTests }], print);
};

if (!(await verify(!process.argv.includes('--no-tests')))) process.exitCode = 1;
