import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjectToken, subjectsOf } from './subjects.ts';
import { taskTypeSchema } from './task-spec.ts';

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
const type = fc.stringMatching(/^[a-z_-]{1,4}(\.[a-z_-]{1,4}){0,3}$/);

describe('subjects', () => {
  it('give every event six tokens after the root, whatever the type looks like', () => {
    fc.assert(
      fc.property(token, token, type, (namespace, project, taskType) => {
        expect(taskTypeSchema.safeParse(taskType).success).toBe(true);
        const subject = subjectsOf('r').event({ namespace, project, type: taskType, event: 'queued' });
        expect(subject.split('.')).toEqual([
          'r',
          'events',
          namespace,
          project,
          subjectToken(taskType),
          'queued',
        ]);
      }),
    );
  });
});
