import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './programs.ts';

interface Shown {
  readonly file: string;
  readonly code: string;
}

/** The fenced blocks of a page that say in their first line which file they show. */
const shownIn = (page: string): Shown[] =>
  [...page.matchAll(/^```\w*\n(\/\/ (examples\/\S+)\n[^]*?)^```$/gm)].map(([, code = '', file = '']) => ({
    file,
    code,
  }));

/** A file as a page shows it: with its name as the first line, whether it begins so by itself or not. */
const expectedText = (file: string): string => {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const first = `// ${file}\n`;
  return text.startsWith(first) ? text : first + text;
};

describe('a page that shows an example', () => {
  const page = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

  it('is the readme, with a task that any NATS client can drop', () => {
    expect(shownIn(page).map(({ file }) => file)).toContain('examples/raw-nats-drop.ts');
  });

  it('shows each example unchanged', () => {
    for (const { file, code } of shownIn(page)) {
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
      expect(code, file).toBe(expectedText(file));
    }
  });

  it('names the example in the first line of a block', () => {
    const text =
      'a\n```ts\n// examples/a.ts\nlet a;\n```\n\n```sh\nnpm start\n```\n```\n// examples/b.ts\n```\n';
    expect(shownIn(text)).toEqual([
      { file: 'examples/a.ts', code: '// examples/a.ts\nlet a;\n' },
      { file: 'examples/b.ts', code: '// examples/b.ts\n' },
    ]);
  });
});
