import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { ROOT } from '../command.ts';

/** A rule of gitleaks, as its configuration states it. */
interface GitleaksRule {
  readonly id: string;
  readonly regex?: string;
  readonly path?: string;
  readonly entropy?: number;
  readonly keywords?: readonly string[];
}

/** What the redaction takes of a rule: a form that is known wherever it stands, or a value behind the name of a service. */
export interface SecretRule {
  readonly id: string;
  /** One of these, in lower case, is in every text that the rule applies to. */
  readonly keywords: readonly string[];
  /** The name in front of the value, as a JavaScript pattern; absent: the form is known by itself. */
  readonly name?: string;
  readonly form: string;
  /** Bits per character that a value behind a name has at least. */
  readonly entropy?: number;
}

/** How gitleaks writes `name = "value"`: what stands in front of the name, between name and value, and behind the value. */
const FRONT = String.raw`[\w.-]{0,50}?`;
const SIGN = String.raw`(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
const NESTED_SIGN = SIGN.replace(`{0,3}(?:=`, `{0,3})(?:=`);

/** What may stand behind a secret. A log sets it in more signs than code does, so the redaction has an end of its own. */
const END = /\(\?:(?:\[[^\]]+\]|\\\\\[nr\]|\\z|\\b|\||\$)+\)$/;
/** What may stand in front of a secret. */
const START = /^\(\?:(\^\|\[[^\]]+\])\)/;

/**
 * Rules that are left out: those of files and of code, which the redaction reads by rules of its own, what is public or is no secret, and
 * what has a keyword that nearly every text holds, or names any UUID behind the name of a service.
 */
const LEFT_OUT =
  /^(?:generic-api-key|curl-auth-\w+|jwt|private-key|hashicorp-tf-password|sidekiq-sensitive-url|twilio-api-key|vault-service-token|(?:heroku|hubspot|squarespace)-(?:api-key|access-token)|kucoin-secret-key|.*-(?:client-id|access-id|pub-key|public-key|pub-api-key|user-api-id))$/;

/** The rules of a gitleaks configuration as the redaction uses them. Throws for a pattern that JavaScript would read differently. */
export const secretRulesOf = (toml: string): readonly SecretRule[] => {
  const { rules } = parse(toml) as unknown as { readonly rules: readonly GitleaksRule[] };
  return rules.flatMap((rule) =>
    rule.regex === undefined || rule.path !== undefined || LEFT_OUT.test(rule.id)
      ? []
      : [ruleOf(rule, rule.regex)],
  );
};

const ruleOf = ({ id, keywords = [], entropy }: GitleaksRule, regex: string): SecretRule => {
  const common = { id, keywords: keywords.map((word) => word.toLowerCase()) };
  const [head, tail] = splitAt(regex, regex.includes(NESTED_SIGN) ? NESTED_SIGN : SIGN);
  const whole = tail ?? head;
  const end = END.test(whole) || whole.endsWith('\\b') ? '' : String.raw`[\w-]*`;
  const form = whole.replace(END, '').replace(START, '(?<=$1)') + end;
  if (tail === undefined) return { ...common, form: inJavaScript(form) };
  const name = head.replaceAll(FRONT, '').replace(/^\(\?i[):]/, '');
  // Whatever the case of the name, and of the value where the whole rule says so.
  const value = head.startsWith('(?i)') ? `(?i)${form}` : form;
  return {
    ...common,
    name: inJavaScript(`(?i)${name}`),
    form: inJavaScript(value),
    ...(entropy !== undefined && { entropy }),
  };
};

const splitAt = (text: string, separator: string): readonly [string, string | undefined] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
};

/** A pattern of RE2 as JavaScript reads it. A flag in the middle of a group holds to its end, which JavaScript has no word for. */
export const inJavaScript = (pattern: string): string => {
  const plain = pattern
    .replaceAll('[[:alnum:]]', '[A-Za-z0-9]')
    .replaceAll(String.raw`\z`, '$')
    .replace(/\(\?P<\w+>/g, '(?:')
    .replace(/\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)/gs, (part) => (part === '(' ? '(?:' : part));
  return flagged(plain);
};

const flagged = (pattern: string): string => {
  const at = pattern.indexOf('(?i)');
  if (at < 0) return pattern;
  const rest = pattern.slice(at + 4);
  const end = endOfGroup(rest);
  if (at > 0 && /(?<!\\)\|/.test(topLevel(rest.slice(0, end))))
    throw new Error(`a flag before alternatives: ${pattern}`);
  return flagged(`${pattern.slice(0, at)}(?i:${rest.slice(0, end)})${rest.slice(end)}`);
};

/** Where the group ends in whose middle a text begins. */
const endOfGroup = (text: string): number => {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < text.length; at++) {
    const ch = text.charAt(at);
    if (ch === '\\') at++;
    else if (inClass) inClass = ch !== ']';
    else if (ch === '[') inClass = true;
    else if (ch === '(') depth++;
    else if (ch === ')' && depth-- === 0) return at;
  }
  return text.length;
};

/** A pattern without its groups and classes. */
const topLevel = (pattern: string): string => {
  const simple = pattern.replace(/\\./gs, '').replace(/\[[^\]]*\]/g, '');
  const next = simple.replace(/\([^()]*\)/g, '');
  return next === simple ? simple : topLevel(next);
};

/** The module of the redaction that holds the rules. */
export const secretRulesModule = (
  toml: string,
  source: string,
): string => `// Generated by tools/src/generators/secret-rules.ts from the rules of ${source}: do not edit.
// Copyright (c) 2019 Zachary Rice, MIT License; the whole text is in NOTICE.

/** A form of a secret: known wherever it stands, or by the name of its service in front of it. */
export interface ServiceSecret {
  readonly id: string;
  /** One of these, in lower case, is in every text that holds the secret. */
  readonly keywords: readonly string[];
  /** A pattern of the name; absent: the form is known by itself. */
  readonly name?: string;
  readonly form: string;
  /** Bits per character that a value behind a name has at least. */
  readonly entropy?: number;
}

export const SERVICE_SECRETS: readonly ServiceSecret[] = [
${secretRulesOf(toml).map(rowOf).join('\n')}
];
`;

const rowOf = ({ id, keywords, name, form, entropy }: SecretRule): string => {
  const words = keywords.map((word) => `'${word}'`).join(', ');
  const parts = [
    `id: '${id}'`,
    `keywords: [${words}]`,
    ...(name === undefined ? [] : [`name: ${raw(name)}`]),
    `form: ${raw(form)}`,
    ...(entropy === undefined ? [] : [`entropy: ${entropy}`]),
  ];
  return `  { ${parts.join(', ')} },`;
};

const raw = (pattern: string): string => {
  if (/`|\$\{/.test(pattern)) throw new Error(`cannot be written as a raw template: ${pattern}`);
  return `String.raw\`${pattern}\``;
};

if (import.meta.main) {
  const [file = '', source = ''] = process.argv.slice(2);
  const target = path.join(ROOT, 'libs/semantic/src/redact/service-secrets.generated.ts');
  writeFileSync(target, secretRulesModule(readFileSync(file, 'utf8'), source));
}
