import { ENGINE_OPERATIONS, HISTORY_OPERATIONS } from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { apiPage } from './api.ts';

const setup = () => {
  const { cancel, status, why } = ENGINE_OPERATIONS;
  const { rebuild } = HISTORY_OPERATIONS;
  const page = apiPage([['Engine', { cancel, rebuild, status, why }]]);
  const lineWith = (text: string) => page.split('\n').find((line) => line.includes(text));
  return { page, lineWith };
};

describe('the page of operations', () => {
  it('says for each role whether it may, only for its own tasks, or only in the whole cell', () => {
    const { lineWith } = setup();
    const row = (link: string, ...cells: string[]) => `| ${[link, ...cells].join(' | ')} |`;
    expect(lineWith('](#taskcancel)')).toBe(
      row('[`task.cancel`](#taskcancel)', 'control', '', 'own', 'yes', '', 'yes', ''),
    );
    expect(lineWith('](#historyrebuild)')).toBe(
      row('[`history.rebuild`](#historyrebuild)', 'administer', '', '', '', '', 'cell', ''),
    );
    expect(lineWith('](#taskstatus)')).toBe(
      row('[`task.status`](#taskstatus)', 'read', 'cell', 'cell', 'cell', 'cell', 'cell', ''),
    );
  });

  it('has a section for every type that it links to', () => {
    const { page } = setup();
    const headings = [...page.matchAll(/^### `?([\w.]+)`?$/gm)].map(([, name = '']) =>
      name.toLowerCase().replaceAll('.', ''),
    );
    const links = [...page.matchAll(/\]\(#(\w+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !headings.includes(target))).toEqual([]);
  });

  it('names untrusted fields and the errors of an operation, without those that all may have', () => {
    const { lineWith } = setup();
    expect(lineWith('- Written by submitters')).toContain('`result`');
    expect(lineWith('- Errors: `TASK_NOT_FOUND`, `TASK_SETTLED`')).not.toContain('FORBIDDEN');
  });
});
