/** A frame of a stack, without its line number, which changes with every edit. */
export interface Frame {
  readonly function: string;
  /** The file name, without folders. */
  readonly file: string;
  /** A frame of the program itself, not of its libraries or its runtime. */
  readonly isOurs: boolean;
}

const LIBRARY =
  /node_modules|^node:|internal\/|site-packages|dist-packages|\/lib\/python\d|<frozen|\/rustc\/|\.cargo\/registry|\/go\/pkg\/mod\/|\/usr\/(?:local\/)?(?:go|lib)\//;
const LIBRARY_CLASS =
  /^(?:java|javax|jdk|sun|com\.sun|kotlin|scala|org\.springframework|org\.junit|org\.apache|io\.netty|reactor|runtime|testing|net\/http|core|std|alloc|tokio)(?:\.|::|\/)/;

type Reader = (line: string, before: string) => Frame | undefined;

const frame = (name: string, path: string, isLibrary: boolean): Frame => ({
  function: cleaned(name),
  file: path.split(/[/\\]/).at(-1) ?? path,
  isOurs: !isLibrary,
});

/** A function name without generated parts: closures, lambdas, hashes. */
const cleaned = (name: string): string =>
  name
    .replace(/^(?:async |new )/, '')
    .replace(/ \[as [^\]]+\]/, '')
    .replace(/\$\$?Lambda.*$|\$\d+|::h[0-9a-f]{16}$|\.func\d+(?:\.\d+)*$/g, '')
    .replace(/\{\{closure\}\}|<anonymous>/g, 'anonymous')
    .replace(/0x[0-9a-f]+/gi, '');

const node: Reader = (line) => {
  const match = /^\s*at (?:(.+?) \()?((?:file:\/\/)?[^\s()]+?):\d+(?::\d+)?\)?$/.exec(line);
  if (!match || /^[\w$.]+\([^)]*$/.test(match[2] ?? '')) return undefined;
  return frame(match[1] ?? 'anonymous', match[2] ?? '', LIBRARY.test(match[2] ?? ''));
};

const python: Reader = (line) => {
  const match = /^\s*File "([^"]+)", line \d+(?:, in (.+))?$/.exec(line);
  return match ? frame(match[2] ?? '<module>', match[1] ?? '', LIBRARY.test(match[1] ?? '')) : undefined;
};

const java: Reader = (line) => {
  const match = /^\s*at (?:[\w.@-]+\/)*([\w.$<>]+)\(([^():]+)(?::\d+)?\)$/.exec(line);
  return match ? frame(match[1] ?? '', match[2] ?? '', LIBRARY_CLASS.test(match[1] ?? '')) : undefined;
};

/** Go writes the function on one line and the file on the next. */
const go: Reader = (line, before) => {
  const match = /^\s+(\/?[\w./@-]+\.go):\d+(?: \+0x[0-9a-f]+)?$/.exec(line);
  if (!match) return undefined;
  const name = before
    .trim()
    .replace(/\((?:0x[0-9a-f]+|\.\.\.|\{|[\d,\s])[^)]*\)$/, '')
    .replace(/\(\)$/, '');
  return frame(
    name,
    match[1] ?? '',
    LIBRARY.test(match[1] ?? '') || LIBRARY_CLASS.test(name) || name === 'panic',
  );
};

const rust: Reader = (line, before) => {
  const match = /^\s+at (\.?\/?[\w./-]+\.rs):\d+(?::\d+)?$/.exec(line);
  if (!match) return undefined;
  const name = before.replace(/^\s*\d+:\s*(?:0x[0-9a-f]+ - )?/, '').trim();
  return frame(name, match[1] ?? '', LIBRARY.test(match[1] ?? '') || LIBRARY_CLASS.test(name));
};

const READERS: readonly Reader[] = [rust, java, node, python, go];

/** Longer lines are no frames, and would take quadratic time. */
const LINE_CHARS = 1_000;

/** The frames of a stack of Node, Python, Java, Go or Rust, innermost first. */
export const framesOf = (text: string): readonly Frame[] => {
  const lines = text.split('\n').map((line) => (line.length > LINE_CHARS ? '' : line));
  const frames = lines.flatMap((line, at) => {
    for (const read of READERS) {
      const found = read(line, lines[at - 1] ?? '');
      if (found) return [found];
    }
    return [];
  });
  // Python writes the outermost frame first.
  return lines.some((line) => /^Traceback \(most recent call last\)|^\s*File "[^"]+", line \d+/.test(line))
    ? frames.toReversed()
    : frames;
};

/** Whether a line belongs to a stack, and not to a message. */
export const isStackLine = (line: string): boolean =>
  /^\s*at |^\s*File "[^"]+", line \d|^\s*\d+: +(?:0x[0-9a-f]+ - )?[\w<]|^\s+\S+\.(?:go|rs):\d+|^Traceback \(most|^goroutine \d+|^stack backtrace:|^\s*\.\.\. \d+ more|^note: run with|^\s*\^+$|^\s*~*\^+~*$/.test(
    line,
  );

/** The innermost frames: at most `max` of the program's own, or of all when it has none. */
export const topFrames = (text: string, max: number): readonly Frame[] => {
  const frames = framesOf(text);
  const ours = frames.filter(({ isOurs }) => isOurs);
  return (ours.length > 0 ? ours : frames).slice(0, max);
};
