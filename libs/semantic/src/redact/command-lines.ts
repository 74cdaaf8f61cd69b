import type { Rule } from './rule.ts';

const SECRET = '[secret]';
/** A value of a command line: quoted, or up to what ends a word. */
export const VALUE = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s,;&|"'(){}<>\\[\\]]+`;

/** What a program takes a secret with. The flags of one program mean something else to another: `mkdir -p`, `docker run -p`. */
interface SecretFlag {
  readonly program: RegExp;
  /** What stands in front of the secret, and the secret. */
  readonly flag: RegExp;
}

const named = (names: string): RegExp => new RegExp(`\\b(?:${names})(?=\\s)`);
const flagged = (front: string, value = VALUE): RegExp => new RegExp(`(\\s${front})(${value})`, 'g');

const FLAGS: readonly SecretFlag[] = [
  {
    program: named(
      `mysql\\w{0,40}|mariadb[\\w-]{0,40}|sshpass|plink|smbclient|ldap\\w{1,40}|7z|docker\\s+login|podman\\s+login|az\\s+login|htpasswd|mongo\\w{0,40}|sqlcmd|psql`,
    ),
    flag: flagged(`-[pPw]\\s*`),
  },
  { program: named('redis-cli'), flag: flagged(`-a\\s*`) },
  { program: named('zip|unzip'), flag: flagged(`-P\\s*`) },
  // Short flags may be one word: `-sSubob:secret`.
  { program: named('curl'), flag: flagged(`-[A-Za-z#]{0,10}[uU]\\s*["']?[^\\s:"'/]{1,200}:`, `[^\\s"']+`) },
  { program: named('smbclient'), flag: flagged(`-U\\s*["']?[^\\s%"']{1,200}%`, `[^\\s"']+`) },
  { program: named('lftp'), flag: flagged(`-u\\s*["']?[^\\s,"']{1,200},`, `[^\\s"']+`) },
];

/** Each command of a line by itself: one scan for its program, and one for the flags behind it. */
export const shortFlags: Rule = (text) =>
  text.replace(/[^|;&\n]+/g, (command) => FLAGS.reduce(withoutFlag, command));

const withoutFlag = (command: string, { program, flag }: SecretFlag): string => {
  const found = program.exec(command);
  if (found === null) return command;
  const at = found.index + found[0].length;
  return command.slice(0, at) + command.slice(at).replace(flag, `$1${SECRET}`);
};

/** Programs that read a password from their input. */
const READS_PASSWORD = `(?:[\\w./-]{0,100}\\/)?(?:sudo\\b[^|;&\\n]{0,200}?\\s(?:-[A-Za-z]*S|--stdin)\\b|(?:chpasswd|kinit|su)\\b|[^|;&\\n]{0,200}?(?:--password-stdin|--passphrase-fd|--stdin|-pass(?:in)? stdin)\\b)`;
const PIPED = new RegExp(
  `(\\b(?:echo|printf)\\s+(?:-\\w+\\s+){0,4})([^|\\n]{1,400}?)(\\s*\\|\\s*${READS_PASSWORD})`,
  'g',
);
const HERE = new RegExp(
  `(\\bsudo\\b[^|;&\\n]{0,200}?\\s-[A-Za-z]*S\\b[^|;&\\n]{0,200}?<<<\\s*)(${VALUE})`,
  'g',
);

/** `echo secret | sudo -S`, `sudo -S … <<< secret`. */
export const givenAsInput: Rule = (text) => text.replace(PIPED, `$1${SECRET}$3`).replace(HERE, `$1${SECRET}`);

const PASSWORD_PROGRAM =
  /(?:^|\/)(?:mysql\w*|mariadb[\w-]*|sshpass|plink|smbclient|ldap\w+|7z|docker|podman|mongo\w*|sqlcmd)$/;
const CURL = /(?:^|\/)curl$/;
const REDIS = /(?:^|\/)redis-cli$/;
const ZIP = /(?:^|\/)(?:un)?zip$/;

/** Whether the argument behind this short flag, or behind `--user`, is a secret to the program. */
export const isSecretFlag = (flag: string, program: string): boolean => {
  if (CURL.test(program)) return /^-[A-Za-z#]*[uU]$|^--(?:proxy-)?user$/.test(flag);
  if (REDIS.test(program)) return flag === '-a';
  if (ZIP.test(program)) return flag === '-P';
  return /^-[pPw]$/.test(flag) && PASSWORD_PROGRAM.test(program);
};

/** An argument that is a short flag with its secret in one word, without the secret; `undefined` for any other. */
export const withoutGlued = (arg: string, program: string): string | undefined => {
  const [pattern] = GLUED.filter(([of]) => of.test(program)).map(([, glued]) => glued);
  const front = pattern?.exec(arg)?.[1];
  return front === undefined ? undefined : `${front}${SECRET}`;
};

const GLUED: readonly (readonly [RegExp, RegExp])[] = [
  [CURL, /^(-[A-Za-z#]{0,10}?[uU][^\s:]{1,200}:|--(?:proxy-)?user=)./s],
  [REDIS, /^(-a)[^\s=]/],
  [ZIP, /^(-P)[^\s=]/],
  [PASSWORD_PROGRAM, /^(-[pPw])[^\s=]/],
];
