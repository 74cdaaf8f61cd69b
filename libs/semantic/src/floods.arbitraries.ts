/** A repetitive text for which a pattern may take too long, and its parts. */
export interface Flood {
  readonly name: string;
  readonly text: (chars: number) => string;
}

/** Repeated parts: single characters of every kind, short tokens, and unterminated forms. */
const SEEDS: readonly string[] = [
  ...Array.from('aA0#/\\.-_:@%"\'`([{<>=,;&|?!$*+~^ \t\n\u0000é中😀“«\u0301\u001b'),
  '\r\n',
  '\n\n',
  'ab',
  'ERROR',
  'a ',
  '1 ',
  '1.',
  '1-',
  '1:',
  '404 ',
  'A1',
  'aB1/',
  'A1b2C3d4',
  '0x',
  '#1',
  'a/',
  '/a',
  '../',
  'a.',
  '.-',
  'a-',
  'a_',
  'a@',
  '@a',
  '%40',
  'a=',
  '="',
  '\\"',
  '\\\\',
  '\\n',
  "'a",
  '"a":',
  '://',
  'a://',
  'http://',
  'a:',
  '::',
  '[::',
  '1.1.1.',
  '12:',
  '12:34',
  '2026-',
  '2026-01-01 ',
  'Jan 1 ',
  '1s ',
  '10ms',
  'sha256:',
  'arn:aws:',
  'x-',
  'x-key',
  'eyJ',
  'eyJabcde-',
  'SG.a',
  'AC0',
  '$argon2',
  'expir',
  'mysql -',
  'mysql -p',
  'mariadb-',
  'curl -u',
  'redis-cli -a',
  '-p ',
  '-u a:',
  'echo a',
  'echo a |',
  'sudo -S ',
  'password=',
  'password="',
  'password=\\"x ',
  "password='",
  'password is ',
  'token string',
  'setToken("token",',
  '<token>a\n',
  'twitter',
  'twitter = ',
  'jira.jira=',
  'xapp-1-A',
  'ops_eyJ',
  'ZXlKaGJHY2lPaU',
  'token ',
  'bearer ',
  'Basic ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'PRIVATE KEY ',
  'DE89 ',
  '4111 ',
  '+49 ',
  '(030) ',
  'AGE-PLUGIN-',
  'at ',
  'at (',
  'at a (',
  '    at ',
  '    at a.rs:',
  'File "',
  '\n  File "a',
  'a.go:1',
  '.go:',
  '^',
  '~^',
  'goroutine 1',
  'Error: ',
  'Caused by: ',
  'expected ',
  'column ',
  'relation ',
  'DLL ',
  '550 ',
  'another operation ',
  'Timeout ',
  'FAIL ',
  'FAIL\t1',
  'FAIL a > ',
  '● a › ',
  '1) ',
  '1) a',
  '> a@',
  'not ok 1 ',
  '=== ',
  '- ',
  '<a>',
  '<n> ',
  '<time>',
  'all ',
  'only ',
  'since ',
  'between ',
  'last 1 ',
  'in project ',
  'that ',
  'a few ',
  'project:',
  'project:"',
  '"a" ',
  '<a',
  '<!--',
  '<script>',
  '</',
  '&#',
  '# ',
  '## #',
  '```\n',
  '- a\n',
  'a: ',
  'a:\n',
  '.\n',
  '. ',
  'a,"',
];

/** What a run of something stands behind, and before: an anchor, and an end that does not fit. */
const FRONTS: readonly string[] = [
  '',
  '1) ',
  'password=',
  'FAIL\t',
  'http://a/',
  'eyJ',
  'a ',
  '<',
  '\u001b[',
];
const FILLS: readonly string[] = ['a', '1', ' ', '.', '@', '/', '-', '#', '"', 'a:', '\n', '\\"'];

const flood = (front: string, seed: string, end: string): Flood => ({
  name: JSON.stringify(`${front}${seed}…${end}`),
  text: (chars) => `${front}${seed.repeat(Math.ceil(chars / seed.length))}${end}`,
});

export const FLOODS: readonly Flood[] = [
  ...SEEDS.map((seed) => flood('', seed, '\u0001')),
  ...FRONTS.flatMap((front) =>
    FILLS.filter((fill) => front !== '' || !SEEDS.includes(fill)).map((fill) => flood(front, fill, '\u0001')),
  ),
];

export interface SlowCase {
  readonly flood: string;
  /** Milliseconds of the processor for 64 KiB, and for a quarter of it. */
  readonly ms: number;
  readonly quarterMs: number;
}

const CHARS = 65_536;
/** What is quadratic is found by a small part, and not after a minute. */
const PART = 4;
/** Linear work takes 4 times as long for 4 times as much; quadratic work 16 times. */
const GROWTH_MAX = 8;
/**
 * Work of `a·n + b·n²` that grows by 6 at most from a sixteenth to a quarter has little of the square, and takes
 * 10 times the quarter's time at most for the whole: the whole, which costs most, need not be run.
 */
const CALM_GROWTH = 6;
const CALM_WHOLE = 10;
/** What takes longer than this is not quick, however it grows. */
const LIMIT_MS = 400;
/** What does not look linear at once, is measured this often. */
const RUNS_MAX = 5;

/**
 * The floods for which a function of a text is not linear; one that takes `quickMs` at most is quick enough. It goes by the time of the
 * processor, and by how that grows, which a slow machine does not change. What does not look linear is measured again.
 */
export const slowFloods = (work: (text: string) => unknown, quickMs = 50): readonly SlowCase[] =>
  FLOODS.flatMap(({ name, text }) => {
    const sixteenth = text(CHARS / PART ** 2);
    const partMs = Math.min(
      cpuMs(() => work(sixteenth)),
      cpuMs(() => work(sixteenth)),
    );
    if (partMs > quickMs) return [{ flood: name, ms: Number.NaN, quarterMs: Number.NaN }];
    // Even the square of that would be quick.
    if (partMs * PART ** 4 < quickMs) return [];
    const quarter = text(CHARS / PART);
    const firstMs = cpuMs(() => work(quarter));
    // As it has grown up to here, the square's share of the whole is small enough.
    if (firstMs <= partMs * CALM_GROWTH && firstMs * CALM_WHOLE <= quickMs) return [];
    // The least of several runs: one that a collection of garbage or a compilation fell into says nothing about the function.
    const whole = text(CHARS);
    let ms = Number.POSITIVE_INFINITY;
    let quarterMs = firstMs;
    for (let run = 0; run < RUNS_MAX; run++) {
      ms = Math.min(
        ms,
        cpuMs(() => work(whole)),
      );
      if (ms <= quickMs) return [];
      quarterMs = Math.min(
        quarterMs,
        cpuMs(() => work(quarter)),
      );
      if (ms <= LIMIT_MS && ms <= quarterMs * GROWTH_MAX) return [];
    }
    return [{ flood: name, ms, quarterMs }];
  });

/**
 * Milliseconds of the processor that `work` takes, or somewhat more: the clock counts what other processes do meanwhile, the count of the
 * process what its other threads do, so the smaller one is nearer.
 */
const cpuMs = (work: () => unknown): number => {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return Math.min(performance.now() - startedAt, (user + system) / 1_000);
};
