import { describe, expect, it } from 'vitest';
import { ROOT } from '../command.ts';
import { compare } from './compare.ts';
import { discoverMachines } from './discover.ts';

const machines = await discoverMachines(ROOT);

describe('the drawing at the top of every machine', () => {
  it('is looked at', () => {
    expect(machines.length).toBeGreaterThan(0);
  });

  it.each(machines.map((machine) => [machine.file, machine] as const))(
    'tells the truth: %s',
    (_file, machine) => {
      expect(machine.drawing.lines.length).toBeGreaterThan(0);
      expect(compare(machine.drawing, machine.root)).toEqual([]);
    },
  );
});
