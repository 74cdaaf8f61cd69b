import type { Client } from '@precedent/client';
import type { DefinitionView } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withClient, withNamespaceFlag } from '../cli.ts';
import type { PlaceFlags } from '../definitions/definition-commands.ts';
import { definitionsIn } from '../definitions/definition-documents.ts';
import type { DefinitionDocument } from '../definitions/definition-documents.ts';
import { jsonLine } from '../output.ts';
import { sourceText } from '../workflow/workflow-file.ts';

interface ApplyFlags extends PlaceFlags {
  readonly file: string;
}

export const addApply = (program: Command, cli: Cli): void => {
  const apply = program
    .command('apply')
    .description('make or change what a file defines: YAML documents with kind, name and spec')
    .requiredOption('-f, --file <file>', 'the file; - for standard input');
  withNamespaceFlag(apply).action(async (flags: ApplyFlags) => {
    const documents = definitionsIn(await sourceText(cli.io, flags.file), flags.file);
    await withClient(cli, flags, async (client) => {
      for (const document of documents) {
        const item = await put(client, document, flags.namespace);
        const { kind, name } = document;
        cli.io.out(
          flags.json ? jsonLine({ kind, ...item }) : `${kind} ${name} has revision ${item.revision}\n`,
        );
      }
    });
  });
};

/** The engine checks the spec, and says what is wrong with it. */
const put = (
  client: Client,
  { kind, name, spec, namespace }: DefinitionDocument,
  given: string | undefined,
): Promise<DefinitionView<object>> =>
  client.definitions(kind).put(name, spec, defined({ namespace: namespace ?? given }));
