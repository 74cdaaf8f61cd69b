import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MachineState, StateNode } from './definition.ts';
import { stateTree } from './definition.ts';
import type { Drawing } from './drawing.ts';
import { readDrawing } from './drawing.ts';

/** A machine as its file draws it, and as it runs. */
export interface Machine {
  /** `task` for `task.machine.ts`. */
  readonly name: string;
  /** Relative to the root. */
  readonly file: string;
  readonly drawing: Drawing;
  readonly root: MachineState;
}

/** Every machine of the domain, found by the name of its file, so that none can be forgotten. */
export const discoverMachines = async (root: string): Promise<Machine[]> => {
  const files = globSync('libs/*/src/**/*.machine.ts', { cwd: root }).toSorted();
  return Promise.all(files.map((file) => readMachine(root, file)));
};

const readMachine = async (root: string, file: string): Promise<Machine> => {
  const url = pathToFileURL(path.join(root, file)).href;
  const exported = (await import(/* @vite-ignore */ url)) as Readonly<Record<string, unknown>>;
  const machines = Object.entries(exported).filter(([name]) => name.endsWith('Machine'));
  const [machine, ...more] = machines.map(([, value]) => value);
  if (!isMachine(machine) || more.length > 0) {
    throw new Error(`${file}: must export exactly one XState machine, named …Machine`);
  }
  return {
    name: path.basename(file, '.machine.ts'),
    file,
    drawing: readDrawing(readFileSync(path.join(root, file), 'utf8')),
    root: stateTree(machine.root),
  };
};

const isMachine = (value: unknown): value is { readonly root: StateNode } =>
  typeof value === 'object' && value !== null && 'root' in value;
