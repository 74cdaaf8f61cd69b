import { singleLine } from '../text/words.ts';
import { FAILURE_NOUNS, LEAD, RUNS, STOP } from './phrases.ts';

/** What a question is about, without its question words, when it looks for what solved a problem. */
const FIXED =
  '(?:fix(?:ed|es)?|solv(?:ed?|es)|resolv(?:ed?|es)|cur(?:ed?|es)|repair(?:ed|s)?|unblock(?:ed|s)?|remed(?:y|ied))';
const THEY =
  '(?:(?:we|i|you|they|one|people|somebody|someone|the team) )?(?:(?:finally|eventually|usually|ever|last time) )?';
const DO = '(?:can|could|do|does|did|should|would|to|was|were|is|are|has|have|had|got|might)';

const FIX_QUESTIONS: readonly RegExp[] = [
  new RegExp(
    `^(?:so )?(?:what|who|which (?:change|commit|fix)) (?:(?:has|have|had|finally|eventually|actually|usually|really|will|would|can|could) ){0,3}(?:${FIXED}|helped(?: with| against)?|helps(?: with| against)?|got rid of|cleared up) (.+)$`,
    'i',
  ),
  new RegExp(
    `^what (?:was|is|has|have|had|did|do|can|could|should|must) ${THEY}(?:(?:be|been) )?(?:done|do|changed?) (?:about|against|with|to (?:fix|solve|resolve|repair)|so that|so|to make|to get|for|when|if) (.+)$`,
    'i',
  ),
  new RegExp(
    `^how ${DO} ${THEY}(?:${FIXED}|work around|worked around|get rid of|got rid of|get (?:around|past|over)|deal with|dealt with|handled?|overcome|overcame|mitigated?|recover(?:ed)? from|avoid(?:ed)?|clear(?:ed)? up) (.+)$`,
    'i',
  ),
  new RegExp(
    `^how (?:was|were|is|are|did|do|does|has|have|had|can|could|should) (.+?) (?:(?:get|got|been|be|finally|eventually|usually) ){0,2}(?:fixed|solved|resolved|repaired|cured|handled|worked around|dealt with)(?: ((?:that|which|when|where|after|in|on|of|for|with) .+))?$`,
    'i',
  ),
  /^(?:(?:is|was) there (?:a|an|any) |(?:the |a |any |known |working |possible |proven )*)(?:fix(?:es)?|solutions?|workarounds?|remed(?:y|ies)|cures?) (?:for|to|against|of) (.+)$/i,
  /^what (?:got|made|brought) (.+?) (?:to )?(?:work(?:ing)?|going|running|passing|pass|green|back|up)(?: again)?$/i,
  /^(.+?)[,;:.?–-]+ ?(?:so )?(?:what|how) (?:(?:did|do|was|has|have|had|finally|eventually|we|i|you|they|it|that|this|is|can|could) ){0,3}(?:fix(?:ed)?|solved?|helped|helps|resolved?|worked|do|done|repair(?:ed)?)(?: (?:it|that|this|there|then|about it|against it))?$/i,
];

/** The problem that a question such as "what fixed X" or "how did we solve X" is about; `undefined` for any other query. */
export const soughtProblem = (query: string): string | undefined => {
  const text = singleLine(query).replace(/[?!. ]+$/, '');
  for (const pattern of FIX_QUESTIONS) {
    const match = pattern.exec(text);
    if (match)
      return [match[1], match[2]]
        .filter((part) => part !== undefined)
        .join(' ')
        .replace(/^(?:it|that|the problem)(?: when| that| with|:) /i, '');
  }
  return undefined;
};

const RUN_QUESTIONS: readonly RegExp[] = [
  new RegExp(
    `^${LEAD}(?:(?:successful|finished|previous) )?(?:runs|executions|tasks|jobs|attempts)${STOP}`,
    'i',
  ),
  new RegExp(
    `\\b(?:succeeded|successful ${RUNS}|last (?:successful|good|green) \\w+|went through|ran (?:ok|fine|through|successfully))\\b`,
    'i',
  ),
  /^(?:when|how (?:often|long|many times)|who|which worker|where) (?:did|does|do|has|have|had|was|were|ran|runs?)\b/i,
];

/** Whether a query looks for runs, whether or not they failed. */
export const isAboutRuns = (query: string): boolean => RUN_QUESTIONS.some((pattern) => pattern.test(query));

const RUN_WORDS = 'tasks|runs|jobs|attempts|executions|ones';
const LISTED = new RegExp(
  `^(?:(?:show|list|find|give|get|me|all|only|just|the|any|every|recent|latest|what|which|${RUN_WORDS}|${FAILURE_NOUNS}|failed|things|everything)(?: |$))*$`,
  'i',
);

/** Whether a text names nothing but runs or failures: what is left of "failures this morning". */
export const isListing = (text: string): boolean => LISTED.test(text);
