import { cutText } from '@precedent/kernel';
import type { Rule } from './rule.ts';

const SECRET = '[secret]';
/** A value in a command line: quoted, or up to the end of the word. */
export const VALUE = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s,;&|"'(){}<>\\[\\]]+`;

/** A flag of a program whose value is a secret. Other programs use the same flags for other things: `mkdir -p`, `docker run -p`. */
interface SecretFlag {
  /** The name of the program, without its folder. */
  readonly program: RegExp;
  /** A word that must stand between the program and the flag. */
  readonly verb?: string;
  /** The flag alone; its value is the next word, or follows a short flag directly. */
  readonly flag: RegExp;
  /** The separator between a user name and the secret. */
  readonly login?: string;
}

const LOGIN_PROGRAMS =
  /^(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|oc|az|doctl|fly|flyctl|vercel|cf|ibmcloud|rancher|argocd)$/;

const FLAGS: readonly SecretFlag[] = [
  {
    program:
      /^(?:mysql\w*|mariadb[\w-]*|sshpass|plink|pscp|psftp|smbclient|ldap\w+|7z\w*|rar|unrar|mongo\w*|sqlcmd|bcp|psql|cqlsh|htpasswd|twine|ncftp\w*|rdesktop|ipmitool|mosquitto_\w+|useradd|usermod)$/,
    flag: /^-(?:h?[pP]|w)/,
  },
  { program: LOGIN_PROGRAMS, verb: 'login', flag: /^-[pt]/ },
  { program: LOGIN_PROGRAMS, verb: 'auth', flag: /^-[pt]/ },
  { program: /^vercel$/, flag: /^-t/ },
  { program: /^redis-cli$/, flag: /^-a/ },
  { program: /^(?:un)?zip$/, flag: /^-P/ },
  { program: /^ssh-keygen$/, flag: /^-[NP]/ },
  { program: /^openssl$/, flag: /^-[kK]$/ },
  { program: /^snmp\w+$/, flag: /^-[cAX]/ },
  { program: /^x?freerdp\d?$/, flag: /^\/p:/ },
  // Short flags may be one word: `-sSubob:secret`.
  { program: /^curl$/, flag: /^(?:-[A-Za-z#]{0,10}?[uUE]|--(?:proxy-)?(?:user|cert))/, login: ':' },
  { program: /^(?:https?|xhs?)$/, flag: /^(?:-a|--auth$)/, login: ':' },
  { program: /^smbclient$/, flag: /^-U/, login: '%' },
  { program: /^lftp$/, flag: /^-u/, login: ',' },
];

/** Commands after which the next word is a secret. */
const SECRET_ARGUMENTS: readonly RegExp[] = [
  /^vault login$/,
  /^(?:snyk|sentry-cli) auth$/,
  /^ngrok (?:config )?(?:add-)?authtoken$/,
  /^cargo login$/,
  /^rclone obscure$/,
  /^redis-cli AUTH$/i,
  /^wpa_passphrase \S+$/,
  /^rabbitmqctl (?:add_user|change_password) \S+$/,
  /^(?:mc|mcli) alias set \S+ \S+ \S+$/,
  /^poetry config (?:pypi-token\.\S+|http-basic\.\S+ \S+)$/,
  /^htpasswd -\w*b\w* \S+ \S+$/,
  /^net use \S+(?: \/user:\S+)$/,
];
const COMMAND_WORDS_MAX = 7;

const isNamed = (name: string): boolean =>
  FLAGS.some(({ program }) => program.test(name)) || ARGUMENT_PROGRAMS.test(name);
const ARGUMENT_PROGRAMS =
  /^(?:vault|snyk|sentry-cli|ngrok|cargo|rclone|wpa_passphrase|rabbitmqctl|mc|mcli|poetry|net)$/;

/** The words of a command without its secrets. `words[0]` is its program, or one that starts it, such as `sudo`. */
export const withoutSecrets = (words: readonly string[]): readonly string[] => {
  const unquoted = words.map(withoutQuotes);
  const at = unquoted.findIndex((word) => isNamed(nameOf(word)));
  if (at < 0) return words;
  const hidden = [...words];
  for (const rule of FLAGS) hideFlags(rule, unquoted, hidden);
  hideArguments(unquoted.slice(at), at, hidden);
  return hidden;
};

/** A word without the quotes and brackets of a shell, a list or a sentence. */
const withoutQuotes = (word: string): string =>
  word.replace(/^[<[{"'`($,]{1,4}/, '').replace(/[\]"'`)}>,]{1,4}$/, '');
const nameOf = (word: string): string => cutText(word.slice(word.lastIndexOf('/') + 1), 80);

const hideFlags = (rule: SecretFlag, unquoted: readonly string[], hidden: string[]): void => {
  const from = unquoted.findIndex((word) => rule.program.test(nameOf(word)));
  if (from < 0) return;
  let isVerbSeen = rule.verb === undefined;
  for (let at = from + 1; at < unquoted.length; at++) {
    const word = unquoted[at] ?? '';
    isVerbSeen ||= word === rule.verb;
    const flag = isVerbSeen && word.length < 400 ? rule.flag.exec(word)?.[0] : undefined;
    if (flag === undefined) continue;
    if (word !== flag) hide(hidden, at, flag, rule.login);
    else if (!/^--?[A-Za-z]/.test(unquoted[at + 1] ?? '-x')) hide(hidden, at + 1, '', rule.login);
  }
};

const hideArguments = (unquoted: readonly string[], from: number, hidden: string[]): void => {
  const [program = '', ...rest] = unquoted.slice(0, COMMAND_WORDS_MAX);
  for (let count = 1; count <= rest.length; count++) {
    const front = cutText([nameOf(program), ...rest.slice(0, count - 1)].join(' '), 400);
    if (SECRET_ARGUMENTS.some((pattern) => pattern.test(front)) && !(rest[count - 1] ?? '-').startsWith('-'))
      hide(hidden, from + count, '');
  }
};

/** Replaces the value after the flag, and after a user name if there is one. Quotes and brackets of the word stay. */
const hide = (words: string[], at: number, flag: string, login?: string): void => {
  const word = words[at];
  if (word === undefined || word.includes(SECRET)) return;
  const start = flag === '' ? 0 : word.indexOf(flag) + flag.length;
  const open = /^[="'`([]{0,3}/.exec(word.slice(start))?.[0] ?? '';
  const close = /["'`)\]}>,]{0,3}$/.exec(word.slice(start + open.length))?.[0] ?? '';
  const value = word.slice(start + open.length, word.length - close.length);
  const user = login === undefined ? '' : value.slice(0, value.indexOf(login) + 1);
  if (value === '' || (login !== undefined && (user === '' || user.includes('/')))) return;
  // `-u key:` has no password: its user is the secret.
  const left = user === value ? '' : user;
  words[at] = `${word.slice(0, start)}${open}${left}${SECRET}${close}`;
};

/** A word of a command line with its quotes, or the white space between two words. */
const WORDS = /\s+|(?:"(?:[^"\\]|\\.){0,400}"|'[^']{0,400}'|[^\s"']|["'])+/gs;

/** Redacts each command of a line separately. */
export const shortFlags: Rule = (text) =>
  ANY_PROGRAM.test(text) ? text.replace(/[^|;&\n]+/g, withoutFlags) : text;

/** A cheap first test: most texts name none of these programs. */
const ANY_PROGRAM = new RegExp(
  [...FLAGS.map(({ program }) => program), ARGUMENT_PROGRAMS]
    .map(({ source }) => `(?<![\\w-])(?:${source.slice(1, -1)})(?![\\w-])`)
    .join('|'),
);

const withoutFlags = (command: string): string => {
  if (!ANY_PROGRAM.test(command)) return command;
  const parts = command.match(WORDS) ?? [];
  const words = parts.filter((part) => part.trim() !== '').map(withinQuotes);
  const hidden = withoutSecrets(words);
  let at = 0;
  return parts.map((part) => (part.trim() === '' ? part : (hidden[at++] ?? part))).join('');
};

/** A quoted word may be a command itself: `sh -c "mysql -psecret"`. */
const withinQuotes = (word: string): string =>
  /^["'].*\s/s.test(word) ? word.charAt(0) + withoutFlags(word.slice(1)) : word;

/** Programs that read a password from their input. */
const READS_PASSWORD = `(?:[\\w./-]{0,100}\\/)?(?:sudo\\b[^|;&\\n]{0,200}?\\s(?:-[A-Za-z]*S|--stdin)\\b|(?:chpasswd|kinit|su|cryptsetup|vault login)\\b|[^|;&\\n]{0,200}?(?:--password-stdin|--passphrase-fd|--stdin|--with-token|-pass(?:in)? stdin)\\b)`;
const PIPED = new RegExp(
  `(\\b(?:(?:echo|printf)\\s+(?:-\\w+\\s+){0,4}|cat\\s+<<<\\s*))([^|\\n]{1,400}?)(\\s*\\|\\s*${READS_PASSWORD})`,
  'g',
);
const HERE = new RegExp(
  `((?:\\bsudo\\b[^|;&\\n]{0,200}?\\s(?:-[A-Za-z]*S|--stdin)\\b|\\b(?:chpasswd|kinit|cryptsetup)\\b|\\s--(?:password-stdin|stdin|with-token)\\b)[^|;&\\n]{0,200}?<<<\\s*)(${VALUE})`,
  'g',
);

/** `echo secret | sudo -S`, `sudo -S … <<< secret`. */
export const givenAsInput: Rule = (text) => text.replace(PIPED, `$1${SECRET}$3`).replace(HERE, `$1${SECRET}`);
