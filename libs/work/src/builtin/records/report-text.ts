import { countText, formatDuration } from '@precedent/kernel';
import type { ReportFacts } from './report-facts.ts';

export interface ReportTextOptions {
  readonly title: string;
  /** Of each table. */
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly madeAt: number;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

interface Section {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const most = (counts: Readonly<Record<string, number>>, rows: number): string[][] =>
  Object.entries(counts)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, rows)
    .map(([name, count]) => [name, String(count)]);

const sectionsOf = (facts: ReportFacts, rows: number): Section[] => [
  { heading: 'By state', columns: ['state', 'tasks'], rows: most(facts.byState, rows) },
  { heading: 'By type', columns: ['type', 'tasks'], rows: most(facts.byType, rows) },
  {
    heading: 'Slowest',
    columns: ['task', 'name', 'type', 'duration'],
    rows: facts.slowest
      .slice(0, rows)
      .map(({ id, name, type, value }) => [id, name, type, formatDuration(value)]),
  },
  {
    heading: 'Failures',
    columns: ['count', 'code', 'fingerprint', 'message', 'last task'],
    rows: Object.values(facts.failures)
      .sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
      .slice(0, rows)
      .map(({ count, code, fingerprint, message, task }) => [
        String(count),
        code,
        fingerprint,
        message,
        task,
      ]),
  },
  {
    heading: `Preemptions: ${facts.preemptions}`,
    columns: ['task', 'name', 'type', 'times'],
    rows: facts.preempted.slice(0, rows).map(({ id, name, type, value }) => [id, name, type, String(value)]),
  },
];

const factLine = (facts: ReportFacts, { since, until, madeAt }: ReportTextOptions): string => {
  const iso = (at: number): string => new Date(at).toISOString();
  const first = since === undefined ? '' : `, submitted from ${iso(since)}`;
  const last = until === undefined ? '' : `, submitted before ${iso(until)}`;
  return `${countText(facts.tasks, 'task')}${first}${last}; made at ${iso(madeAt)}.`;
};

const PLAIN = /[\\`*_{}[\]()#+.!|~<>&@:-]/g;

/** A text of a task as plain text: nothing in it is a link, a table, an image or HTML. */
export const markdownText = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(PLAIN, (char) => ENTITIES[char] ?? `\\${char}`);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text of a task as plain text inside HTML, attributes included. */
export const htmlText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

export const markdownReport = (facts: ReportFacts, options: ReportTextOptions): string => {
  const parts = sectionsOf(facts, options.rows).map(({ heading, columns, rows }) => {
    const lines = [columns, columns.map(() => '---'), ...rows.map((row) => row.map(markdownText))];
    const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    return `## ${heading}\n\n${rows.length === 0 ? 'None.' : table}`;
  });
  return `${[`# ${markdownText(options.title)}`, factLine(facts, options), ...parts].join('\n\n')}\n`;
};

export const htmlReport = (facts: ReportFacts, options: ReportTextOptions): string => {
  const title = htmlText(options.title);
  const parts = sectionsOf(facts, options.rows).map(
    (section) => `<h2>${htmlText(section.heading)}</h2>\n${htmlTable(section)}`,
  );
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body>`,
    `<h1>${title}</h1>`,
    `<p>${htmlText(factLine(facts, options))}</p>`,
    ...parts,
    '</body></html>\n',
  ].join('\n');
};

const htmlTable = ({ columns, rows }: Section): string => {
  if (rows.length === 0) return '<p>None.</p>';
  const cells = (tag: string, texts: readonly string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${htmlText(text)}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[cells('th', columns), ...rows.map((row) => cells('td', row))].join('\n')}\n</table>`;
};
