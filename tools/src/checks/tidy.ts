import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkChangelog } from './changelog.ts';
import { repositoryFiles, textOf } from './files.ts';

const BINARY_BYTES_MAX = 200 * 1024;

/** Names that say nothing, and what to do instead. */
const EMPTY_NAME = /manager|helper|util/i;

/** Written in pieces, so that this file passes its own check. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`);

/** Folders of somebody's machine at the start of a path. */
const MACHINE_PATH = new RegExp(`(^|[^\\w.*@})-])/(${['work', 'farm'].join('|')})/`);

/** What no linter looks at: each rule was once forgotten somewhere. */
export const checkTidy = (root: string): string[] => {
  const files = repositoryFiles(root);
  return [
    ...readmes(root),
    ...files.flatMap((file) => [...names(file), ...contents(root, file)]),
    ...lockfile(root),
    ...checkChangelog(readIfThere(path.join(root, 'CHANGELOG.md'))),
  ];
};

const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** One sentence says what a package is; when it needs a second one, the package is two packages. */
const readmes = (root: string): string[] =>
  globSync('{libs,apps}/*/package.json', { cwd: root }).flatMap((manifest) => {
    const readme = path.posix.join(path.posix.dirname(manifest), 'README.md');
    const [title, first = ''] = readIfThere(path.join(root, readme)).split(/\n{2,}/);
    if (!title?.startsWith('# ')) return [`${readme}: needs a title and one sentence`];
    return isOneSentence(first.trim()) ? [] : [`${readme}: its first paragraph must be one sentence`];
  });

const isOneSentence = (text: string): boolean => /^[^\n][^]*[.!?]$/.test(text) && !/[.!?]\s+[A-Z]/.test(text);

const names = (file: string): string[] => {
  const word = EMPTY_NAME.exec(file)?.[0];
  return word === undefined ? [] : [`${file}: "${word}" says nothing; name it after what it does`];
};

const contents = (root: string, file: string): string[] => {
  const text = textOf(path.join(root, file));
  if (text === undefined) return binary(root, file);
  if (file === 'package-lock.json') return [];
  return [
    ...title(file, text),
    ...brokenPaths(root, file, text),
    ...text.split('\n').flatMap((line, at) => words(`${file}:${at + 1}`, line)),
  ];
};

const binary = (root: string, file: string): string[] => {
  const { size } = statSync(path.join(root, file));
  return size > BINARY_BYTES_MAX
    ? [`${file}: a binary file of ${size} bytes, at most ${BINARY_BYTES_MAX}`]
    : [];
};

const title = (file: string, text: string): string[] =>
  /^docs\/.*\.md$/.test(file) && !text.startsWith('# ') ? [`${file}: must begin with a title`] : [];

/** Paths of this repository in code marks, and targets of links relative to the page. */
const PATHS = /`((?:libs|apps|test|tools|deploy|examples|docs)\/[\w./-]+)`|\]\((?!https?:|#)([^)#\s]+)/g;

/** A page that names a file which has moved sends its reader nowhere. */
const brokenPaths = (root: string, file: string, text: string): string[] => {
  if (!file.endsWith('.md') || file === 'CHANGELOG.md') return [];
  return [...text.matchAll(PATHS)]
    .map(([, named, linked = '']) => named ?? path.posix.join(path.posix.dirname(file), linked))
    .filter((target) => !existsSync(path.join(root, target)))
    .map((target) => `${file}: there is no ${target}`);
};

const words = (where: string, line: string): string[] => [
  ...(UNFINISHED.test(line) ? [`${where}: unfinished work is an issue, not a comment`] : []),
  ...(MACHINE_PATH.test(line) ? [`${where}: an absolute path of one machine`] : []),
];

/** An address of a registry in the lockfile ties the build to one network. */
const lockfile = (root: string): string[] =>
  readIfThere(path.join(root, 'package-lock.json')).includes('"resolved": "http')
    ? ['package-lock.json: holds registry addresses; run npm install with the .npmrc of this repository']
    : [];
