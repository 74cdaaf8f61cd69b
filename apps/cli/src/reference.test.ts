import { describe, expect, it } from 'vitest';
import { exitRows } from './exit-codes.ts';
import { cliReference } from './reference.ts';

describe('cliReference', () => {
  it('has a section for every command, with its flags and choices', () => {
    const page = cliReference();
    const sections = [...page.matchAll(/^## `precedent (\w+)`$/gm)].map((match) => match[1]);
    expect(sections.join(' ')).toBe(
      'up engine worker vectorizer restore init submit run ingest get list logs cancel reband delete retry bulk watch why apply approvals status top workers decisions preempt replay mcp open verify config login history search collections seen diff predict recommend failures remember recall resolve simulate bench completion version help',
    );
    expect(page).toContain('| `--band <band>` | how urgent it is: low, normal, high, critical |');
    expect(page).toContain('precedent submit [flags] -- <command...>');
    expect(page).toContain('| 75 | RATE_LIMITED, BUDGET_SPENT, QUEUE_FULL, LIMIT_FULL |');
  });
});

describe('the exit codes', () => {
  it('never change', () => {
    expect(exitRows().map(({ exit }) => exit)).toEqual([
      0, 1, 64, 65, 66, 69, 70, 73, 74, 75, 77, 78, 124, 127, 130, 141,
    ]);
  });
});
