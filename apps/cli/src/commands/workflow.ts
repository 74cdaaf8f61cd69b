import { existsSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowSpec } from '@precedent/contract-types';
import { graphOf, mermaidText, terminalText } from '@precedent/orchestration';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withClient, withCommonFlags, withNamespaceFlag } from '../cli.ts';
import { addDefinitionCommands } from '../definitions/definition-commands.ts';
import type { PlaceFlags } from '../definitions/definition-commands.ts';
import { jsonLine } from '../output.ts';
import { visibleLine } from '../terminal/visible.ts';
import { addRunCommands } from './workflow-runs.ts';
import { UsageError } from '../usage-error.ts';
import { checkedWorkflows } from '../workflow/workflow-file.ts';
import { workflowSvg } from '../workflow/workflow-svg.ts';

interface DrawFlags extends PlaceFlags {
  readonly mermaid?: boolean;
  readonly svg?: boolean;
}

export const addWorkflow = (program: Command, cli: Cli): void => {
  const group = program
    .command('workflow')
    .description('workflows: steps that run one after another or together');
  addCheck(group, cli);
  addDraw(group, cli);
  addRunCommands(group, cli);
  addDefinitionCommands(group, cli, { noun: 'workflow', client: ({ workflows }) => workflows, summary });
};

const addCheck = (group: Command, cli: Cli): void => {
  const check = group
    .command('check')
    .argument('<file>', 'YAML or JSON; - for standard input')
    .description('check the workflows of a file as the engine does, without one');
  withCommonFlags(check).action(async (file: string, flags: PlaceFlags) => {
    for (const { name, spec, where } of await checkedWorkflows(cli.io, file)) {
      const steps = Object.keys(spec.steps).length;
      cli.io.out(
        flags.json ? jsonLine({ name, steps }) : `${where}: workflow ${name} is right, steps: ${steps}\n`,
      );
    }
  });
};

const addDraw = (group: Command, cli: Cli): void => {
  const draw = group
    .command('draw')
    .argument('<file|name>', 'a file, or the name of a registered workflow')
    .description('draw a workflow')
    .option('--mermaid', 'as a flowchart of Mermaid')
    .option('--svg', 'as SVG');
  withNamespaceFlag(draw).action(async (of: string, flags: DrawFlags) => {
    if (flags.mermaid && flags.svg) throw new UsageError('--mermaid and --svg are two drawings; choose one');
    for (const spec of await specsOf(cli, of, flags)) cli.io.out(drawn(spec, flags));
  });
};

const drawn = (spec: WorkflowSpec, { mermaid, svg }: DrawFlags): string => {
  const graph = graphOf(spec);
  if (svg) return workflowSvg(graph);
  if (mermaid) return mermaidText(graph);
  return terminalText(graph)
    .split('\n')
    .map((line) => visibleLine(line))
    .join('\n');
};

const specsOf = async (cli: Cli, of: string, flags: DrawFlags): Promise<readonly WorkflowSpec[]> => {
  const isFile = of === '-' || of.includes('.') || existsSync(path.resolve(cli.io.cwd, of));
  if (isFile) return (await checkedWorkflows(cli.io, of)).map(({ spec }) => spec);
  const { namespace } = flags;
  return [await withClient(cli, flags, async ({ workflows }) => (await workflows.get(of, namespace)).spec)];
};

const summary = ({ steps, description }: WorkflowSpec): string => {
  const names = Object.keys(steps);
  return [`steps: ${names.length}`, description ?? names.join(', ')].join(', ');
};
