import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { treeOf } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof SCRIPTS;

export const addCompletion = (program: Command, cli: Cli): void => {
  program
    .command('completion')
    .description('print the completion script of a shell, such as: source <(precedent completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => cli.io.out(SCRIPTS[shell](treeOf(program))));
};
