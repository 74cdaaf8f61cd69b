import type { OutputLine } from './output-line.ts';

/** The class of an error at the beginning: `psycopg2.OperationalError: …`. */
const ERROR_CLASS =
  /^(?:[\w$]{1,80}[.:\\/]{1,2}){0,12}[A-Z]?[\w$]{0,80}(?:Error|Exception|Failure|Fault|Panic|Interrupt|Timeout|Exit)(?:\s?[[(][\w -]{1,60}[\])])?(?::|$)/;
/** Words of compilers, runtimes and programs before what went wrong, in the languages in which they are often localised. */
const ERROR_SIGN =
  /(?:^|[\s"([*])(?:error|fatal|panic|fehler|erreur|erro|errore|fallo|fel|fout|błąd|chyba|ошибка|hata|错误|錯誤|エラー|오류)(?:\[\w+\]| [A-Z]{1,6}-?\d{2,6}\b)?\s?[:：!]|\bpanicked at|^caused by|^exception in thread|: \*{3} |^[A-Z]{1,8}-?\d{3,6}\s?[:：]|^SQLSTATE\b|^reason:|^assert(?:ion)?\w*\b|\b(?:error|erreur|fehler) [A-Z]{1,6}-?\d{2,6}\b/i;
const FAILURE_WORD =
  /\b(?:errors?|exceptions?|fatal|panic|fail(?:s|ed|ure|ures|ing)?|not authorized|cannot|could ?n[o']t|can'?t|unable|denied|refused|not (?:be )?found|no such|not allowed|timed out|timeout|kill(?:ed|ing)|terminated|out of|oom\w*|exceed(?:ed|s)|invalid|illegal|unexpected|unknown|unsupported|missing|mismatch\w*|abort(?:ed|ing)|reject(?:ed|s)|unauthorized|forbidden|conflict(?:s|ing)?|corrupt(?:ed)?|exhausted|not exist|duplicate|ambiguous|segmentation fault|bus error|no space|expired|undefined|unresolved|unreachable|violat\w+|broken|lost|giving up|gave up|too (?:many|large|long|small|old|few)|insufficient|incompatible)\b/i;
/** Words that stand in causes, and also elsewhere. */
const WEAK_WORD =
  /\b(?:not|no|never|none|without|already|expected|required?s?|must|only|instead|ended|stopped|dropped|dead|full|lock(?:ed)?|limit|cancell?ed|disabled|skipped|retry(?:ing)?|retries|because|since|but)\b/i;
const SUCCESS_WORD =
  /\b(?:success(?:ful(?:ly)?)?|succeeded|passed|ok|up to date|completed?|done|created|started|saved)\b|^[✓✔√]/i;
/** A command that a shell echoes. */
const ECHO = /^(?:\+{1,4}|\$|PS [A-Z]:\S*>)\s\S/;

/** The same in other languages; short, because position and form find such lines as well. */
const FOREIGN_WORD =
  /fehlgeschlagen|nicht|kein|konnte|ung[üu]ltig|abgelehnt|échec|échoué|impossible|introuvable|refusée?|aucun|n'est pas|no se (?:puede|pudo|encontr)|denegado|inválid|não|falh|negad|impossibile|non trovat|mislukt|kunde inte|не удалось|отказано|не найден|失敗|失败|无法|無法|拒否|拒绝|ません|できません|不正|見つかり|存在しません|不存在|실패|없습니다/i;
/** Codes and names of errors: `E11000`, `ENOSPC`, `ORA-00942`, `TS2345`, `OOMKilled`, `AccessDenied`. */
const CODE =
  /\b(?:E[A-Z]{3,12}|[A-Z]{1,6}-?\d{3,6}|[A-Z][A-Z\d]+(?:_[A-Z\d]+)+|Err[A-Z]\w+|Failed[A-Z]\w+|(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?)[ :=]{1,3}[45]\d\d|(?:[A-Z][a-z]+)*[A-Z]\w*(?:Error|Exception|Denied|Exceeded|Failed|Killed|NotFound|Invalid|Expired|Refused|BackOff|Timeout|Unavailable|Conflict))\b/;

/** Advice and pointers to more: the same for many failures. */
const ADVICE =
  /^(?:for (?:more|a full|further|details|verbose)|see |try(?:ing)?\b|re-?run|run with|run `|use |hint\b|help\b|note\b|tip\b|consider|to (?:see|get|fix|address|disable|learn|debug|change)|more info|a complete log|full (?:log|report)|please |you (?:can|may|might|need)|check |if (?:you|the|this)|(?:this )?may (?:be|have)|\S*[/\\]\S*$)/i;

/** Words of lines that only say that it failed, or how many of what. */
const EMPTY_WORD =
  /\b(?:an?|and|the|with|was|were|of|in|at|to|by|is|are|has|have|after|from|on|due|because|this|see|above|below|it|for|its|will|be|or|not|main|all|some|one|more|previous|following|following:|following|most|recent|call|last|during|handling|another|occurred|direct|cause|exit(?:ed|ing|s)?|did|solve|complete|code|status|result|errors?|err|error:|fatal|fail(?:ed|ure|ures|s|ing)?|failures?|warnings?|exceptions?|command|commands|process(?:es)?|program|script|builds?|job|task|step|steps|stage|target|targets|goal|run|runs|running|tests?|suites?|files?|snapshots?|time|total|passed|skipped|pending|todo|problems?|finished|completed?|done|terminated|terminating|aborted|aborting|stopp?(?:ed|ing)|cancell?ed|non-?zero|returned|number|make|gmake|npm|lifecycle|traceback|execution|operation|unsuccessful|successful(?:ly)?|ended|results?|summary|reports?|fehler|erreur|erro|error|core|dumped|ld|collect2|linker|seconds?|ms|min|s|m|h)\b/gi;

const isEmptyOf = (message: string): boolean => {
  const bare = (ERROR_CLASS.test(message) ? message : message.replace(/^[\w./-]{1,30}:\s/, ''))
    .replace(
      /\b(process|command|script|task|target|goal|stage|step|job) (?:"[^"\n]{1,300}"|`[^`\n]{1,300}`|'[^'\n]{1,300}')/gi,
      '$1',
    )
    .replace(
      /[`"'][^`"'\s]{1,80}[`"']|\[[^\]\n]{1,80}\]|\([^)\n]{1,80}\)|\b\d[\d.,:]{0,20}(?:ms|s|m|min|h)?\b/g,
      ' ',
    )
    .replace(EMPTY_WORD, ' ');
  return !/\p{L}{2,}/u.test(bare) && !CODE.test(bare);
};

/** The weight of a line that only says that something failed. */
export const EMPTY_WEIGHT = -5;
/** Progress and figures: bars, percentages, rates. */
const PROGRESS =
  /\d{1,3}(?:\.\d+)?\s?%(?:\s|$|[|\]])|\d\/\d+ \[|[━█▉▊▋▌▍▎▏#=]{4,}|\b\d+(?:\.\d+)?\s?(?:[kKMG]i?B\/s|it\/s|s\/it)\b|(?:downloading|downloaded|fetching|pulling|extracting|resolving|compiling|unpacking|collecting|installing|copying|building|waiting|already satisfied|cached)\b/i;
/** A line of the source around an error: `12 | code`, `~~~^~~~`. */
const SOURCE = /^\d+\s?[|│▕]|^\|?\s*[~^]+[\s~^]*$|^[|│]/;

/** Numbers and signs. */
const FIGURES = /^[^\p{L}]*(?:\p{L}{1,12}[^\p{L}]{4,}){3}/u;
/** What some tools print before a message that is no error. */
const WARNING = /^\W{0,4}(?:\S{1,80} )?warn(?:ing)?\b|: warning\b|^(?:\S{1,80} ){0,2}[\w.]*Warning:/i;

/** Of each list the first pattern that matches a message counts. */
const SIGNALS: readonly (readonly (readonly [RegExp, number])[])[] = [
  [
    [ERROR_CLASS, 4],
    [ERROR_SIGN, 3],
  ],
  [
    [FAILURE_WORD, 2],
    [FOREIGN_WORD, 2],
    [WEAK_WORD, 1],
    [SUCCESS_WORD, -1],
  ],
  [[CODE, 1]],
  [[PROGRESS, -1.5]],
  [[FIGURES, -1.5]],
  [[ADVICE, -1.5]],
  [
    [SOURCE, -2],
    [ECHO, -2],
  ],
  [[WARNING, -2.5]],
  [[/^.{0,7}$/, -1]],
];
const LEVEL_WEIGHTS = { error: 3, warning: -1.5, info: -1.5 };

/** Whether a line only announces the next one as what went wrong: `error during build:`. */
export const isAnnouncement = ({ message }: OutputLine): boolean =>
  message.endsWith(':') && isEmptyOf(message) && FAILURE_WORD.test(message);

/** How much a line alone explains of a failure: by its level, its form, its codes and its words. */
export const weightOf = ({ message, level }: OutputLine): number =>
  isEmptyOf(message)
    ? EMPTY_WEIGHT
    : SIGNALS.reduce(
        (sum, signals) => sum + (signals.find(([pattern]) => pattern.test(message))?.[1] ?? 0),
        level === undefined ? 0 : LEVEL_WEIGHTS[level],
      );
