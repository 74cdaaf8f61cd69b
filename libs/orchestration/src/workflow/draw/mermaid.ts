import { cutGraphemes } from '@precedent/kernel';
import type { GraphNeed, GraphStep, WorkflowGraph } from './graph.ts';

const TEXT_CHARS_MAX = 60;

/** Colours of what a step is; a waiting one has none. */
const STYLES: Readonly<Record<string, string>> = {
  open: 'fill:#dbeafe,stroke:#2563eb',
  completed: 'fill:#dcfce7,stroke:#16a34a',
  failed: 'fill:#fee2e2,stroke:#dc2626',
  timed_out: 'fill:#fee2e2,stroke:#dc2626',
  cancelled: 'fill:#f3f4f6,stroke:#6b7280',
  skipped: 'fill:#f3f4f6,stroke:#9ca3af,stroke-dasharray:4',
};

/** A workflow as a flowchart of Mermaid. */
export const mermaidText = ({ steps, needs }: WorkflowGraph): string => {
  const used = new Set(steps.flatMap(({ state = '' }) => (Object.hasOwn(STYLES, state) ? [state] : [])));
  const lines = [
    'flowchart TD',
    ...steps.map(stepLine),
    ...needs.map(needLine),
    ...[...used].map((state) => `  classDef ${state} ${STYLES[state]}`),
    ...[...used].map((state) => `  class ${idsOf(steps, state)} ${state}`),
  ];
  return lines.map((text) => `${text}\n`).join('');
};

/** A name could be a word of the language, such as `end`. */
const idOf = (name: string): string => `step_${name}`;

const idsOf = (steps: readonly GraphStep[], state: string): string =>
  steps
    .filter((step) => step.state === state)
    .map(({ name }) => idOf(name))
    .join(',');

const SHAPES: Readonly<Partial<Record<GraphStep['kind'], readonly [open: string, close: string]>>> = {
  choice: ['{', '}'],
  approval: ['{{', '}}'],
  signal: ['[/', '/]'],
  sleep: ['([', '])'],
  map: ['[[', ']]'],
  child: ['[[', ']]'],
};

const stepLine = ({ name, kind, does }: GraphStep): string => {
  const [open, close] = SHAPES[kind] ?? ['[', ']'];
  const text = [name, escaped(cutGraphemes([kind, does].join(' ').trim(), TEXT_CHARS_MAX))].join('<br/>');
  return `  ${idOf(name)}${open}"${text}"${close}`;
};

const needLine = ({ from, to, label, isOptional }: GraphNeed): string => {
  const arrow = isOptional ? '-.->' : '-->';
  return `  ${idOf(from)} ${arrow}${label === undefined ? '' : `|"${escaped(label)}"|`} ${idOf(to)}`;
};

/** Entities of Mermaid: `#quot;` and the like, also for characters that it takes for Markdown. */
const escaped = (text: string): string =>
  text.replaceAll(/[^A-Za-z0-9 .,:_()/-]/gu, (char) => `#${char.codePointAt(0)};`);
