import { isStackLine } from '../fingerprint/stack.ts';
import { outputLinesOf } from './output-line.ts';
import type { OutputLine } from './output-line.ts';

/** A line that explains a failure. */
export interface TellingLine extends OutputLine {
  /** Higher for a line that explains more. */
  readonly weight: number;
  /** Its place among the lines of the output. */
  readonly at: number;
}

/** The class of an error at the beginning: `psycopg2.OperationalError: …`. */
const ERROR_CLASS =
  /^(?:[\w$]{1,80}[.:\\/]{1,2}){0,12}[A-Z]?[\w$]{0,80}(?:Error|Exception|Failure|Fault|Panic|Interrupt|Timeout|Exit)(?:\s?[[(][\w -]{1,60}[\])])?(?::|$)/;
/** Words of compilers, runtimes and programs before what went wrong, in the languages in which they are often localised. */
const ERROR_SIGN =
  /(?:^|[\s"([*])(?:error|fatal|panic|fehler|erreur|erro|errore|fallo|fel|fout|błąd|chyba|ошибка|hata|错误|錯誤|エラー|오류)(?:\[\w+\]| [A-Z]{1,6}-?\d{2,6}\b)?\s?[:：!]|\bpanicked at|^caused by|^reason:|^assert(?:ion)?\w*\b|\b(?:error|erreur|fehler) [A-Z]{1,6}-?\d{2,6}\b/i;
const FAILURE_WORD =
  /\b(?:errors?|exceptions?|fatal|panic|fail(?:s|ed|ure|ures|ing)?|not authorized|cannot|could ?n[o']t|can'?t|unable|denied|refused|not (?:be )?found|no such|not allowed|timed out|timeout|kill(?:ed|ing)|terminated|out of|oom\w*|exceed(?:ed|s)|invalid|illegal|unexpected|unknown|unsupported|missing|mismatch\w*|abort(?:ed|ing)|reject(?:ed|s)|unauthorized|forbidden|conflict(?:s|ing)?|corrupt(?:ed)?|exhausted|no space|expired|undefined|unresolved|unreachable|violat\w+|broken|lost|giving up|gave up|too (?:many|large|long|small|old|few)|insufficient|incompatible)\b/i;
/** Words that stand in causes, and also elsewhere. */
const WEAK_WORD =
  /\b(?:not|no|never|none|without|already|expected|required?s?|must|only|instead|ended|stopped|dropped|dead|full|lock(?:ed)?|disabled|skipped|retry(?:ing)?|retries|because|since|but)\b/i;
const SUCCESS_WORD =
  /\b(?:success(?:ful(?:ly)?)?|succeeded|passed|ok|up to date|completed?|done|created|started|saved)\b|^[✓✔√]/i;
/** A command that a shell echoes. */
const ECHO = /^(?:\+{1,4}|\$|PS [A-Z]:\S*>)\s\S/;

/** The same in other languages; short, because position and form find such lines as well. */
const FOREIGN_WORD =
  /fehlgeschlagen|nicht|kein|konnte|ung[üu]ltig|abgelehnt|échec|échoué|impossible|introuvable|refusée?|aucun|n'est pas|no se (?:puede|pudo|encontr)|denegado|inválid|não|falh|negad|impossibile|non trovat|mislukt|kunde inte|не удалось|отказано|не найден|失敗|失败|无法|無法|拒否|拒绝|ません|できません|不正|見つかり|存在しません|不存在|실패|없습니다/i;
/** Codes and names of errors: `E11000`, `ENOSPC`, `ORA-00942`, `TS2345`, `OOMKilled`, `AccessDenied`. */
const CODE =
  /\b(?:E[A-Z]{3,12}|[A-Z]{1,6}-?\d{3,6}|[A-Z][A-Z\d]+(?:_[A-Z\d]+)+|(?:[A-Z][a-z]+)*[A-Z]\w*(?:Error|Exception|Denied|Exceeded|Failed|Killed|NotFound|Invalid|Expired|Refused|BackOff|Timeout|Unavailable|Conflict))\b/;

/** Advice and pointers to more: the same for many failures. */
const ADVICE =
  /^(?:for (?:more|a full|further|details|verbose)|see |try(?:ing)?\b|re-?run|run with|run `|use |hint\b|help\b|note\b|tip\b|consider|to (?:see|get|fix|address|disable|learn|debug|change)|more info|a complete log|full (?:log|report)|please |you (?:can|may|might|need)|check |if (?:you|the|this)|(?:this )?may (?:be|have)|https?:\/\/\S+$|\S+\s*$)/i;

/** Words of lines that only say that it failed, or how many of what. */
const EMPTY_WORD =
  /\b(?:an?|and|the|with|was|were|of|in|at|to|by|is|are|has|have|after|from|on|due|because|this|see|above|below|it|for|its|will|be|or|not|main|all|some|one|more|previous|following|following:|following|most|recent|call|last|during|handling|another|occurred|direct|cause|exit(?:ed|ing|s)?|did|solve|complete|code|status|result|errors?|err|error:|fatal|fail(?:ed|ure|ures|s|ing)?|failures?|warnings?|exceptions?|command|commands|process(?:es)?|program|script|builds?|job|task|step|steps|stage|target|targets|goal|run|runs|running|tests?|suites?|files?|snapshots?|time|total|passed|skipped|pending|todo|problems?|finished|completed?|done|terminated|terminating|aborted|aborting|stopp?(?:ed|ing)|cancell?ed|non-?zero|returned|number|make|gmake|npm|lifecycle|traceback|execution|operation|unsuccessful|successful(?:ly)?|ended|results?|summary|reports?|fehler|erreur|erro|error|core|dumped|seconds?|ms|min|s|m|h)\b/gi;

const isEmptyOf = (message: string): boolean => {
  const bare = (ERROR_CLASS.test(message) ? message : message.replace(/^[\w./-]{1,30}:\s/, ''))
    .replace(
      /\b(process|command|script|task|target|goal|stage|step|job) (?:"[^"\n]{1,300}"|`[^`\n]{1,300}`|'[^'\n]{1,300}')/gi,
      '$1',
    )
    .replace(/[`"'][^`"'\s]{1,80}[`"']|\[[^\]\n]{1,80}\]|\([^)\n]{1,80}\)/g, ' ')
    .replace(EMPTY_WORD, ' ');
  return !/\p{L}{2,}/u.test(bare);
};

const EMPTY_WEIGHT = -5;
const DECORATION = /^[^\p{L}\p{N}]*$/u;
/** Progress and figures: bars, percentages, rates. */
const PROGRESS =
  /\d{1,3}(?:\.\d+)?\s?%(?:\s|$|[|\]])|\d\/\d+ \[|[━█▉▊▋▌▍▎▏#=]{4,}|\b\d+(?:\.\d+)?\s?(?:[kKMG]i?B\/s|it\/s|s\/it)\b|(?:downloading|downloaded|fetching|pulling|extracting|resolving|compiling|unpacking|collecting|installing|copying|building|waiting|already satisfied|cached)\b/i;
/** A line of the source around an error: `12 | code`, `~~~^~~~`. */
const SOURCE = /^\d+\s?[|│▕]|^\|?\s*[~^]+[\s~^]*$|^[|│]/;

const baseOf = ({ message, level }: OutputLine): number => {
  if (isEmptyOf(message)) return EMPTY_WEIGHT;
  let weight = level === 'error' ? 3 : level === 'warning' ? -1.5 : level === 'info' ? -1.5 : 0;
  if (level === undefined && /^(?:\S{1,80} )?warn(?:ing)?\b|: warning\b/i.test(message)) weight -= 2.5;
  if (ERROR_CLASS.test(message)) weight += 4;
  else if (ERROR_SIGN.test(message)) weight += 3;
  if (FAILURE_WORD.test(message) || FOREIGN_WORD.test(message)) weight += 2;
  else if (WEAK_WORD.test(message)) weight += 1;
  else if (SUCCESS_WORD.test(message)) weight -= 1;
  if (ECHO.test(message)) weight -= 2;
  if (CODE.test(message)) weight += 1;
  if (PROGRESS.test(message)) weight -= 1.5;
  if (ADVICE.test(message)) weight -= 1.5;
  if (SOURCE.test(message)) weight -= 2;
  if (message.length < 8) weight -= 1;
  return weight;
};

/** Python prints the source below a frame. */
const isSourceOf = (before: OutputLine | undefined, line: OutputLine): boolean =>
  /^File "[^"]+", line \d/.test(before?.message ?? '') && /^(?:\[[^\]]{1,60}\]:?)?\s{2}/.test(line.raw);

/** For a line below a telling one, and for the last line. */
const NEXT_WEIGHT = 0.5;
const LAST_WEIGHT = 0.5;
const ABOUT_EQUAL = /[\d\s]+/g;
const sameness = (message: string): string => message.toLowerCase().replace(ABOUT_EQUAL, ' ');

/** Every line with its weight. Of lines that differ in numbers only, the last one. Stacks and decoration are left out. */
export const weighedLines = (output: string): readonly TellingLine[] => {
  const all = outputLinesOf(output);
  const weighed = all.map((line, at) => ({ line, base: isSourceOf(all[at - 1], line) ? 0 : baseOf(line) }));
  const lines = weighed.filter(({ line: { message } }) => !DECORATION.test(message) && !isStackLine(message));
  const last = new Map(lines.map(({ line }, at) => [sameness(line.message), at]));
  const distinct = lines.filter(({ line }, at) => last.get(sameness(line.message)) === at);
  const bases = distinct.map(({ base }) => base);
  const count = distinct.length;
  const end = bases.findLastIndex((weight) => weight > EMPTY_WEIGHT);
  return distinct.map(({ line }, at) => {
    const before = Math.max(bases[at - 1] ?? 0, (bases[at - 2] ?? 0) - 1);
    const adjacent = before >= 3 && (bases[at] ?? 0) > -2 ? NEXT_WEIGHT : 0;
    const isLast = at === end ? LAST_WEIGHT : 0;
    return { ...line, at, weight: (bases[at] ?? 0) + adjacent + isLast + at / count };
  });
};

/** The lines that explain a failure, in their order. Never none of an output with words: without a telling line the last ones. */
export const tellingLines = (output: string, max: number): readonly TellingLine[] =>
  tellingAmong(weighedLines(output))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, max)
    .toSorted((a, b) => a.at - b.at);

/** The weight from which a line is a telling one. */
const TELLING_WEIGHT = 2;
const LAST_LINES = 3;

/** The telling ones among the lines of an output; the last ones, when there is none. */
export const tellingAmong = (lines: readonly TellingLine[]): readonly TellingLine[] => {
  const telling = lines.filter(({ weight }) => weight >= TELLING_WEIGHT);
  return telling.length > 0 ? telling : lines.slice(-LAST_LINES);
};
