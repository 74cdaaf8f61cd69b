import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textSeal } from '@precedent/ports';
import { taskHandles } from './handle.ts';

const ref = { id: 'task-1', namespace: 'acme', isWatch: false };
const handlesOf = (cell: string) => taskHandles(textSeal(cell, 'mcp-task'));

describe('the handle of a task', () => {
  it('is read by every gateway with the secret of the cell', () => {
    const [one, other] = [handlesOf('a'), handlesOf('a')];
    const handle = one.seal(ref, 'helper');
    expect(other.open(handle, 'helper')).toEqual(ref);
  });

  it('is of no use to another principal, and in another cell', () => {
    const handle = handlesOf('a').seal(ref, 'helper');
    expect(handlesOf('a').open(handle, 'other')).toBeUndefined();
    expect(handlesOf('b').open(handle, 'helper')).toBeUndefined();
    expect(taskHandles(textSeal('a', 'cursor')).open(handle, 'helper')).toBeUndefined();
  });

  it('says nothing of its task, and fits into a header', () => {
    const handle = handlesOf('a').seal(ref, 'helper');
    expect(handle).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(handle, 'base64url').toString('latin1')).not.toContain('acme');
  });

  it('cannot be made, changed or cut by a client', () => {
    const handles = handlesOf('a');
    const bytes = Buffer.from(handles.seal(ref, 'helper'), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(handles.open(changed.toString('base64url'), 'helper')).toBeUndefined();
      expect(handles.open(bytes.subarray(0, at).toString('base64url'), 'helper')).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 200 })), (text) => {
        expect(handles.open(text, 'helper')).toBeUndefined();
      }),
    );
  });

  it('holds any id and namespace', () => {
    const handles = handlesOf('a');
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(token, token, fc.boolean(), fc.string(), (id, namespace, isWatch, owner) => {
        const one = { id, namespace, isWatch };
        expect(handles.open(handles.seal(one, owner), owner)).toEqual(one);
      }),
    );
  });
});
