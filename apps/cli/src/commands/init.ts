import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@precedent/kernel';
import { VERSION } from '@precedent/processes';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { workerProject } from '../init/worker-project.ts';
import { jsonText } from '../output.ts';

export const addInit = (program: Command, cli: Cli): void => {
  program
    .command('init')
    .description(
      'write a project with a worker of your own: a handler in TypeScript, and a script that submits',
    )
    .argument('[folder]', 'where; made when it is not there', '.')
    .option('--json', 'JSON: one document')
    .action((folder: string, { json }: { readonly json?: boolean }) => {
      const { io } = cli;
      const dir = path.resolve(io.cwd, folder);
      const files = workerProject(projectName(dir), VERSION);
      refuseToOverwrite(dir, Object.keys(files));
      for (const [file, text] of Object.entries(files)) write(path.join(dir, file), text);
      io.out(
        json ? jsonText({ folder: dir, files: Object.keys(files) }) : nextSteps(folder, Object.keys(files)),
      );
    });
};

const refuseToOverwrite = (dir: string, files: readonly string[]): void => {
  const there = files.filter((file) => existsSync(path.join(dir, file)));
  if (there.length === 0) return;
  throw new AppError('INVALID_REQUEST', `${dir} has ${there.join(', ')} already; name another folder`);
};

/** As npm allows it. */
const projectName = (dir: string): string =>
  path
    .basename(dir)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'worker';

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: 'wx' });
};

const nextSteps = (folder: string, files: readonly string[]): string => {
  const steps = [
    ...(folder === '.' ? [] : [`cd ${/^[\w./-]+$/.test(folder) ? folder : `'${folder}'`}`]),
    'npm install',
    'npm run up',
  ];
  return `wrote ${files.join(', ')}\n\nNext: ${steps.join(' && ')}\nThen, in other terminals: npm run worker, npm run submit\n`;
};
