import { describe, expect, it } from 'vitest';
import { guestFlags, threadFlags } from './guest-entry.ts';
import { loadError } from './load-error.ts';

describe('the flags of a guest', () => {
  it('are those of the worker that concern its code, and none of its debugger, its memory or its program', () => {
    const flags = [
      '--import',
      'tsx',
      '--conditions=precedent:source',
      '--inspect=0',
      '--max-old-space-size=50',
    ];
    expect(guestFlags([...flags, '-e', 'run()'])).toEqual(flags.slice(0, 3));
  });

  it('read this repository from its sources where the worker does', () => {
    expect(guestFlags([])).toEqual(['--conditions=precedent:source']);
    expect(threadFlags([])).toEqual(['--conditions=precedent:source']);
  });

  it('are inherited by a thread, which refuses flags of V8 that are named', () => {
    expect(threadFlags(['--max-semi-space-size=16', '--conditions=precedent:source'])).toBeUndefined();
  });
});

describe('a module that cannot be loaded', () => {
  const source = { module: 'file:///encode.ts', export: 'encode' };

  it('is named with what this Node needs to read TypeScript', () => {
    const cause = Object.assign(new TypeError('Unknown file extension ".ts" for /encode.ts'), {
      code: 'ERR_UNKNOWN_FILE_EXTENSION',
    });
    const hint =
      'this Node does not run TypeScript there: use Node 22.18 or newer, or name the compiled module (.js)';
    expect(loadError(source, cause)).toMatchObject({
      code: 'INVALID_CONFIG',
      message: `cannot load the isolated handler encode of file:///encode.ts: ${cause.message}; ${hint}`,
    });
  });

  it('is named with its own error otherwise', () => {
    expect(loadError(source, new SyntaxError('unexpected token')).message).toBe(
      'cannot load the isolated handler encode of file:///encode.ts: unexpected token',
    );
  });
});
