import { Graph, layout } from '@dagrejs/dagre';
import { cutGraphemes } from '@precedent/kernel';
import type { WorkflowGraph } from '@precedent/orchestration';
import { visibleLine } from '../terminal/visible.ts';

const CHAR_WIDTH = 7.5;
const HEIGHT = 44;
const PADDING = 14;
const MARGIN = 12;
const TEXT_CHARS_MAX = 40;

/** Colours of the box and its border by what a step is. */
const COLOURS: Readonly<Record<string, readonly [fill: string, border: string]>> = {
  open: ['#dbeafe', '#2563eb'],
  completed: ['#dcfce7', '#16a34a'],
  failed: ['#fee2e2', '#dc2626'],
  timed_out: ['#fee2e2', '#dc2626'],
  cancelled: ['#f3f4f6', '#6b7280'],
  skipped: ['#f3f4f6', '#9ca3af'],
};

type Step = WorkflowGraph['steps'][number];

/** A workflow as a document of SVG. */
export const workflowSvg = (workflow: WorkflowGraph): string => {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 40, marginx: MARGIN, marginy: MARGIN });
  for (const step of workflow.steps) graph.setNode(step.name, { width: widthOf(step), height: HEIGHT });
  for (const [index, { from, to, label = '' }] of workflow.needs.entries())
    graph.setEdge(
      from,
      to,
      { width: label.length * CHAR_WIDTH, height: label === '' ? 0 : 16, labelpos: 'c' },
      String(index),
    );
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="ui-monospace, monospace" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#6b7280"/></marker></defs>',
    ...workflow.needs.map((need, index) =>
      needSvg(need, graph.edge({ v: need.from, w: need.to, name: String(index) }) as NeedPlace),
    ),
    ...workflow.steps.map((step) => stepSvg(step, graph.node(step.name) as StepPlace)),
    '</svg>',
    '',
  ].join('\n');
};

interface StepPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface NeedPlace {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly x?: number;
  readonly y?: number;
}

const doesText = ({ kind, does }: Step): string => cutGraphemes(`${kind} ${does}`.trim(), TEXT_CHARS_MAX);

const widthOf = (step: Step): number =>
  Math.max(step.name.length, doesText(step).length) * CHAR_WIDTH + 2 * PADDING;

const stepSvg = (step: Step, { x, y, width }: StepPlace): string => {
  const [fill, border] = COLOURS[step.state ?? ''] ?? ['#ffffff', '#374151'];
  const [left, top] = [round(x - width / 2), round(y - HEIGHT / 2)];
  const title =
    step.state === undefined ? '' : `<title>${step.name} is ${step.state.replace('_', ' ')}</title>`;
  return [
    `<g>${title}<rect x="${left}" y="${top}" width="${round(width)}" height="${HEIGHT}" rx="6" fill="${fill}" stroke="${border}"/>`,
    `<text x="${round(x)}" y="${round(y - 3)}" text-anchor="middle" font-weight="600">${escaped(step.name)}</text>`,
    `<text x="${round(x)}" y="${round(y + 13)}" text-anchor="middle" fill="#4b5563" font-size="11">${escaped(doesText(step))}</text></g>`,
  ].join('');
};

const needSvg = (
  { label, isOptional }: WorkflowGraph['needs'][number],
  { points, x = 0, y = 0 }: NeedPlace,
): string => {
  const line = points.map((point) => `${round(point.x)} ${round(point.y)}`).join(' L');
  const dashes = isOptional ? ' stroke-dasharray="4"' : '';
  const text =
    label === undefined
      ? ''
      : `<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle" fill="#6b7280" font-size="11">${escaped(label)}</text>`;
  return `<path d="M${line}" fill="none" stroke="#6b7280"${dashes} marker-end="url(#arrow)"/>${text}`;
};

const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters, halves of characters and two that are none are no part of XML. */
const escaped = (text: string): string =>
  visibleLine(text)
    .toWellFormed()
    .replaceAll(/[\ufffe\uffff]/g, '�')
    .replaceAll(/[&<>"]/g, (char) => ENTITIES[char] ?? '');
