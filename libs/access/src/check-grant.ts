import { ANY, PRINCIPAL_CHARS_MAX, ROLES } from '@precedent/contract-types';
import type { Grant } from '@precedent/contract-types';
import { BANDS, TIME_MAX, excerptOf, isBand } from '@precedent/kernel';
import type { Issue, Problem } from '@precedent/kernel';

/** Limits of a grant. Counts, and characters. */
export const GRANT_LIMITS = {
  tokenChars: 64,
  principalChars: PRINCIPAL_CHARS_MAX,
  typeChars: 100,
  types: 200,
  clearances: 100,
  pools: 100,
  criticalPerHour: 1_000_000,
} as const;

/** What is expected of a field. */
interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  readonly isRequired?: true;
}

const { tokenChars, principalChars, typeChars } = GRANT_LIMITS;
const TOKEN = new RegExp(`^[A-Za-z0-9_-]{1,${tokenChars}}$`);
const TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
/** Letters, marks, digits, punctuation and symbols of any language: an e-mail address, or the subject of an OpenID token. */
const PRINCIPAL = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}]{1,${principalChars}}$`, 'u');

export const PRINCIPAL_EXPECTED = `a name of 1 to ${principalChars} characters without spaces`;

/** Whether a principal may have this name. */
export const isPrincipalName = (name: unknown): name is string =>
  typeof name === 'string' && PRINCIPAL.test(name);

const isToken = (value: unknown): boolean => typeof value === 'string' && TOKEN.test(value);
const isTokenOrAny = (value: unknown): boolean => value === ANY || isToken(value);
const isType = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= typeChars && TYPE.test(value);
const isWhole = (value: unknown, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
const isListOf = (value: unknown, max: number, accepts: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= max && value.every(accepts);

const token = `1 to ${tokenChars} letters, digits, "_" and "-"`;

const RULES: Readonly<Record<keyof Grant, Rule>> = {
  id: { expected: token, accepts: isToken, isRequired: true },
  principal: {
    expected: PRINCIPAL_EXPECTED,
    accepts: isPrincipalName,
    isRequired: true,
  },
  role: {
    expected: `one of ${ROLES.join(', ')}`,
    accepts: (value) => ROLES.some((role) => role === value),
    isRequired: true,
  },
  namespace: {
    expected: `${token}, or exactly "*" for the whole cell`,
    accepts: isTokenOrAny,
    isRequired: true,
  },
  project: {
    expected: `${token}, or exactly "*" for all of the namespace`,
    accepts: isTokenOrAny,
    isRequired: true,
  },
  highestBand: { expected: `one of ${BANDS.join(', ')}`, accepts: isBand },
  types: {
    expected: `a list of at most ${GRANT_LIMITS.types} task types: words of letters, digits, "_" and "-", joined by dots, ${typeChars} characters at most`,
    accepts: (value) => isListOf(value, GRANT_LIMITS.types, isType),
  },
  pools: {
    expected: `a list of at most ${GRANT_LIMITS.pools} pools of ${token}`,
    accepts: (value) => isListOf(value, GRANT_LIMITS.pools, isToken),
  },
  criticalPerHour: {
    expected: `a whole number from 1 to ${GRANT_LIMITS.criticalPerHour}; for none, set highestBand to "high"`,
    accepts: (value) => isWhole(value, GRANT_LIMITS.criticalPerHour),
  },
  clearances: {
    expected: `a list of at most ${GRANT_LIMITS.clearances} labels of ${token}, or "*"`,
    accepts: (value) => isListOf(value, GRANT_LIMITS.clearances, isTokenOrAny),
  },
  expiresAt: {
    expected: 'epoch milliseconds, a whole number',
    accepts: (value) => isWhole(value, TIME_MAX),
  },
};

/** A grant that came from outside, or what is wrong with it: each field, its value and what is expected. */
export const checkGrant = (input: unknown): Grant | Problem => {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return invalid([{ field: 'grant', message: `expected an object; got ${shown(input)}` }]);
  const fields = new Map<string, unknown>(Object.entries(input));
  const issues = [...faults(fields), ...unknownFields(fields), ...contradictions(fields)];
  return issues.length > 0 ? invalid(issues) : (Object.fromEntries(fields) as unknown as Grant);
};

type Fields = ReadonlyMap<string, unknown>;

const faults = (fields: Fields): Issue[] =>
  Object.entries(RULES).flatMap(([field, { expected, accepts, isRequired }]) => {
    const value = fields.get(field);
    if (value === undefined ? !isRequired : accepts(value)) return [];
    return [{ field, message: `expected ${expected}; got ${shown(value)}` }];
  });

const unknownFields = (fields: Fields): Issue[] =>
  [...fields.keys()]
    .filter((field) => !Object.hasOwn(RULES, field))
    .map((field) => ({ field: excerptOf(field, tokenChars), message: 'a grant has no such field' }));

const contradictions = (fields: Fields): Issue[] => {
  const isWorker = fields.get('role') === 'worker';
  const ofAll = fields.get('namespace') === ANY;
  const rules = [
    [
      ofAll && fields.get('project') !== ANY,
      'project',
      'a grant of every namespace is for every project: set it to "*"',
    ],
    [
      isWorker && !ofAll,
      'namespace',
      'a worker runs tasks of every namespace: set it to "*", and name its pools',
    ],
    [!isWorker && fields.has('pools'), 'pools', 'only a grant of the role worker is for pools'],
  ] as const;
  return rules.flatMap(([isBroken, field, message]) => (isBroken ? [{ field, message }] : []));
};

const SHOWN_CHARS = 100;

const shown = (value: unknown): string => excerptOf(JSON.stringify(value) ?? 'nothing', SHOWN_CHARS);

const invalid = (issues: readonly Issue[]): Problem => ({
  code: 'INVALID_REQUEST',
  message: `the grant is not valid: ${issues.map(({ field, message }) => `${field}: ${message}`).join('; ')}`,
  issues,
});
