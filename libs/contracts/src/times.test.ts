import { describe, expect, it } from 'vitest';
import { dataExportSchema } from './builtin-records.ts';
import { historyListSchema } from './history.ts';
import { failuresRequestSchema, findRequestSchema } from './search.ts';
import { taskSpecSchema } from './task-spec.ts';

/** The first millisecond that a `Date` cannot hold: to show it would throw. */
const BEYOND = 8_640_000_000_000_001;

describe('times on the wire', () => {
  it.each([
    ['expiresAt of a task', taskSpecSchema.safeParse({ command: 'x', expiresAt: BEYOND })],
    ['since of a list', historyListSchema.safeParse({ since: BEYOND })],
    ['until of a search', findRequestSchema.safeParse({ query: 'x', filters: { until: BEYOND } })],
    ['since of failures', failuresRequestSchema.safeParse({ since: BEYOND })],
    ['until of an export', dataExportSchema.safeParse({ source: 'tasks', to: 'x', until: BEYOND })],
    [
      'a day that is not there',
      taskSpecSchema.safeParse({ command: 'x', expiresAt: '2026-02-30T00:00:00Z' }),
    ],
  ])('refuses %s that no date can hold', (_, { success }) => {
    expect(success).toBe(false);
  });
});
