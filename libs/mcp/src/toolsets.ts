import type { Operation, OperationName } from '@precedent/contracts';
import { AppError, nearest } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';

/** What a tool is about. */
export type ToolArea = 'tasks' | 'types' | 'orchestration' | 'history' | 'search' | 'webhooks' | 'cell';

/** Sets of tools that a client or an operator chooses, in an order that stays; what changes something is apart from what only reads. */
export const TOOLSETS = {
  tasks: 'submit, follow, explain and cancel tasks, and read their output',
  'tasks:read': 'those of them that change nothing',
  'tasks:write': 'the others',
  types: 'a tool for each type of task; all of them submit',
  orchestration: 'what is named once and followed from then on, such as schedules and workflows, and runs',
  'orchestration:read': 'those of them that change nothing',
  'orchestration:write': 'the others',
  history: 'what happened, in lists, figures and words',
  search: 'what happened, by meaning: similar failures, predictions, notes and resolutions',
  'search:read': 'those of them that change nothing',
  'search:write': 'the others: they record notes and resolutions',
  webhooks: 'which URLs events are sent to, and what became of that',
  'webhooks:read': 'those of them that change nothing',
  'webhooks:write': 'the others',
  cell: 'engine, workers and whole decisions, for operators of the cell',
} as const;
export type Toolset = keyof typeof TOOLSETS;

const NAMES = Object.keys(TOOLSETS) as readonly Toolset[];

/** The names in an order that stays, each once. Throws with `code`, and says what a wrong name may mean. */
export const toolsetsIn = (
  names: readonly string[],
  field: string,
  code: ErrorCode = 'INVALID_REQUEST',
): readonly Toolset[] => {
  for (const name of names) if (!isToolset(name)) throw new AppError(code, ...unknown(name, field));
  return NAMES.filter((name) => names.includes(name));
};

const isToolset = (name: string): name is Toolset => Object.hasOwn(TOOLSETS, name);

const unknown = (name: string, field: string) => {
  const close = nearest(name, NAMES);
  const hint = close === undefined ? `expected ${NAMES.join(', ')}` : `did you mean ${close}?`;
  const message = `there is no toolset ${JSON.stringify(name)}; ${hint}`;
  return [`${field}: ${message}`, { issues: [{ field, message }] }] as const;
};

/** What is to be known of a tool. */
interface AreaOfTool {
  /** Absent: it belongs to no set, and is always there. */
  readonly area?: ToolArea | undefined;
  readonly mutates: boolean;
}

/** Whether one of the sets holds the tool; no sets are all of them. */
export const isChosen = ({ area, mutates }: AreaOfTool, toolsets: readonly Toolset[]): boolean =>
  toolsets.length === 0 ||
  area === undefined ||
  toolsets.some((name) => name === area || name === `${area}:${mutates ? 'write' : 'read'}`);

const AREAS: Readonly<Partial<Record<Operation['group'], ToolArea>>> = {
  submit: 'tasks',
  task: 'tasks',
  history: 'history',
  search: 'search',
  webhooks: 'webhooks',
  run: 'orchestration',
  workflow: 'orchestration',
  project: 'orchestration',
  limit: 'orchestration',
  schedule: 'orchestration',
};

/** Who works on tasks needs their output. */
const TASK_LOGS: OperationName = 'history.logs';

export const areaOf = ({ group, verb, reach }: Operation): ToolArea | undefined => {
  if (reach === 'cell') return 'cell';
  if (`${group}.${verb}` === TASK_LOGS) return 'tasks';
  return AREAS[group];
};
