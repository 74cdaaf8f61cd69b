import { describe, expect, it } from 'vitest';
import { withProgramName } from './program-name.ts';

describe('the name of the program in advice', () => {
  it('is the one that works in the shell: with npx where npm has started it', () => {
    const advice = 'Read the output: `precedent logs 01M8`.';
    expect(withProgramName(advice, {})).toBe(advice);
    expect(withProgramName(advice, { npm_command: 'exec' })).toBe(
      'Read the output: `npx precedent logs 01M8`.',
    );
  });
});
