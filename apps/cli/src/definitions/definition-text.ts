import type { DefinitionView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { stringify } from 'yaml';
import { fieldsText, shortAgeText, timeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';

/** A row for each: what `summary` says of the spec is its last column. */
export const definitionsText = <Spec extends object>(
  items: readonly DefinitionView<Spec>[],
  {
    page,
    now,
    summary,
  }: { readonly page: Page; readonly now: EpochMs; readonly summary: (spec: Spec) => string },
): string =>
  tableText(
    ['name', 'revision', 'changed', { heading: 'by', drop: 1 }, { heading: 'spec', min: 20 }],
    items.map((item) => [
      item.name,
      String(item.revision),
      shortAgeText(item.changedAt, now),
      item.by ?? '',
      visibleLine(summary(item.spec)),
    ]),
    page,
  );

/** All of it; the spec as YAML, as `precedent apply` takes it. */
export const definitionText = (item: DefinitionView<object>, now: EpochMs): string => {
  const fields = fieldsText([
    ['name', item.name],
    ['namespace', item.namespace],
    ['revision', String(item.revision)],
    ['by', item.by],
    ['created', timeText(item.createdAt, now)],
    ['changed', timeText(item.changedAt, now)],
  ]);
  const status = item.status ? `status:\n${indented(item.status)}` : '';
  return `${fields}spec:\n${indented(item.spec)}${status}`;
};

const indented = (value: object): string =>
  stringify(value)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${/^ */.exec(line)?.[0] ?? ''}${visibleLine(line)}\n`)
    .join('');
