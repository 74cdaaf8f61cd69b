import { defined } from '@precedent/kernel';
import type { RecallReply } from '@precedent/contract-types';
import type { ResolveReply } from '@precedent/contracts';
import type { Command } from 'commander';
import type { Cli, CommonFlags } from '../cli.ts';
import { configOf, wholeNumber, withClient, withCommonFlags } from '../cli.ts';
import { pageOf } from '../io.ts';
import { jsonText, shortAgeText } from '../output.ts';
import { tableText } from '../terminal/table.ts';
import type { Page } from '../terminal/table.ts';
import { visibleLine } from '../terminal/visible.ts';
import { taskIdOf } from '../task-id.ts';

interface NoteFlags extends CommonFlags {
  readonly namespace?: string;
  readonly project?: string;
  readonly by?: string;
  readonly source?: readonly string[];
  readonly tag?: readonly string[];
  readonly ttl?: string;
  readonly evidence?: string;
  readonly limit?: number;
}

/** `remember`, `recall` and `resolve`: notes and resolutions that people and agents supply. */
export const addMemory = (program: Command, cli: Cli): void => {
  addRemember(program, cli);
  addRecall(program, cli);
  addResolve(program, cli);
};

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];

const whoIs = (cli: Cli, { by }: NoteFlags): string => by ?? cli.io.env['USER'] ?? 'unknown';
const namespaceOf = (cli: Cli, flags: NoteFlags): string => flags.namespace ?? configOf(cli, flags).namespace;
const projectOf = (cli: Cli, flags: NoteFlags): string => flags.project ?? configOf(cli, flags).project;

const addRemember = (program: Command, cli: Cli): void => {
  const command = program
    .command('remember')
    .description('store a note for a project')
    .argument('<text...>', 'the note')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--project <name>', 'the project (of the configuration)')
    .option('--by <who>', 'the author ($USER)')
    .option('--source <where>', 'a task, an address, a commit; may be repeated', collect)
    .option('--tag <word>', 'may be repeated', collect)
    .option('--ttl <time>', 'removed after this time, such as "30d"');
  withCommonFlags(command).action(async (words: readonly string[], flags: NoteFlags) => {
    const { source, tag, ttl } = flags;
    const about = {
      namespace: namespaceOf(cli, flags),
      project: projectOf(cli, flags),
      by: whoIs(cli, flags),
    };
    const more = {
      ...(source && { sources: [...source] }),
      ...(tag && { tags: [...tag] }),
      ...(ttl !== undefined && { ttl }),
    };
    const note = { text: words.join(' '), ...about, ...more };
    const reply = await withClient(cli, flags, (client) => client.search.remember(note));
    cli.io.out(
      flags.json
        ? jsonText(reply)
        : `stored as ${reply.id}${reply.indexed ? '' : '; found as soon as it is indexed'}\n`,
    );
  });
};

const addRecall = (program: Command, cli: Cli): void => {
  const command = program
    .command('recall')
    .description('find notes and resolutions')
    .argument('<query...>', 'what to look for')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--project <name>', 'only of this project')
    .option('--limit <n>', 'at most so many (5)', wholeNumber('--limit', [1, 50]));
  withCommonFlags(command).action(async (words: readonly string[], flags: NoteFlags) => {
    const { project, limit } = flags;
    const options = {
      namespace: namespaceOf(cli, flags),
      ...defined({ project, limit }),
    };
    const reply = await withClient(cli, flags, (client) => client.search.recall(words.join(' '), options));
    cli.io.out(flags.json ? jsonText(reply) : recallText(reply, pageOf(cli.io)));
  });
};

/** Notes as a table, the best first. */
export const recallText = ({ notes }: RecallReply, page: Page): string => {
  if (notes.length === 0) return 'no notes: `precedent remember <text>` stores one\n';
  const rows = notes.map(({ kind, by, at, text }) => [
    kind,
    visibleLine(by),
    shortAgeText(at, page.now),
    text,
  ]);
  return tableText(['kind', 'by', 'age', 'what'], rows, page);
};

const addResolve = (program: Command, cli: Cli): void => {
  const command = program
    .command('resolve')
    .description('record what fixed the failure of a task')
    .argument('<id>', 'the id of the failed task')
    .argument('<text...>', 'what fixed it')
    .requiredOption('--evidence <id>', 'the id of a task that completed with the fix')
    .option('--namespace <name>', 'the namespace (of the configuration)')
    .option('--by <who>', 'the author ($USER)');
  withCommonFlags(command).action(async (id: string, words: readonly string[], flags: NoteFlags) => {
    const about = { namespace: namespaceOf(cli, flags), by: whoIs(cli, flags), text: words.join(' ') };
    const reply = await withClient(cli, flags, async (client) => {
      const [failed, evidence] = [await taskIdOf(client, id), await taskIdOf(client, flags.evidence ?? '')];
      return client.search.resolve({ ...about, id: failed, evidence });
    });
    cli.io.out(flags.json ? jsonText(reply) : recordedText(reply));
  });
};

const recordedText = ({ fingerprint }: ResolveReply): string =>
  fingerprint === undefined
    ? 'recorded for searches only: the output and message of the failure tell no cause\n'
    : `recorded for failure ${fingerprint}\n`;
