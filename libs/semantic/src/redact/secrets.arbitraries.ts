import fc from 'fast-check';

/** A secret, and a text that contains it. */
export interface Planted {
  readonly secret: string;
  readonly text: string;
}

const chars = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength: min, maxLength: max });

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const WORDLIKE = `${LOWER}${UPPER}${DIGITS}`;
const token = (min: number, max?: number): fc.Arbitrary<string> => chars(WORDLIKE, min, max);

const alone = (secret: fc.Arbitrary<string>): fc.Arbitrary<Planted> =>
  secret.map((one) => ({ secret: one, text: one }));
const after = (prefix: string, secret: fc.Arbitrary<string>): fc.Arbitrary<Planted> =>
  alone(secret.map((one) => prefix + one));

const HEX = '0123456789abcdef';
/** A few of the list of services; no placeholders. */
const ofServices: fc.Arbitrary<Planted> = fc
  .oneof(
    after('glft-', token(20)),
    after(
      'glsa_',
      token(32).map((one) => `${one}_0a1b2c3d`),
    ),
    after('lin_api_', token(40)),
    after('dor_v1_', chars(HEX, 64)),
    after('pul-', chars(HEX, 40)),
    after('p8e-', token(32)),
  )
  .filter(({ secret }) => new Set(secret).size > 12);

/** Secrets that are known by their form, at any place. */
export const selfEvident: fc.Arbitrary<Planted> = fc.oneof(
  after('AKIA', chars(`${UPPER}${DIGITS}`, 16)),
  after('AIza', token(35)),
  after('ghp_', token(36)),
  after('github_pat_', token(40)),
  after('glpat-', token(20)),
  after('xoxb-', token(24)),
  after('sk_live_', token(24)),
  after('sk-proj-', token(40)),
  after('sk-ant-', token(30)),
  after('npm_', token(36)),
  ofServices,
  after('hf_', token(34)),
  after(
    'SG.',
    token(22).map((one) => `${one}.${one}`),
  ),
  alone(fc.tuple(token(12, 30), token(12, 40), token(20, 43)).map(([a, b, c]) => `eyJ${a}.${b}.${c}`)),
  alone(
    token(60, 200).map((key) => `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`),
  ),
  fc
    .tuple(chars(LOWER, 3, 8), token(6, 20))
    .map(([user, secret]) => ({ secret, text: `postgres://${user}:${secret}@db.internal:5432/shop` })),
  fc
    .tuple(chars(LOWER, 3, 8), token(6, 20))
    .map(([user, secret]) => ({ secret, text: `https://${user}:${secret}@registry.example/v2` })),
  token(8, 30).map((secret) => ({ secret, text: `Authorization: Bearer ${secret}` })),
  token(12, 30).map((secret) => ({ secret, text: `authorization: Basic ${secret}==` })),
  token(8, 20).map((secret) => ({ secret, text: `Cookie: sid=${secret}; theme=dark` })),
);

/** A password that looks like a word, and is recognized only by the text before it. */
const password = fc
  .tuple(chars(LOWER, 5, 9), chars(DIGITS, 2, 4))
  .map(([word, digits]) => `zq${word}${digits}`);

export const inContext: fc.Arbitrary<Planted> = password.chain((secret) =>
  fc
    .constantFrom(
      `password=${secret}`,
      `password: ${secret}`,
      `"password": "${secret}"`,
      `'api_key': '${secret}'`,
      `{"clientSecret":"${secret}","n":1}`,
      `DB_PASSWORD=${secret} ./run.sh`,
      `PGPASSWORD='${secret}' psql`,
      `export API_TOKEN="${secret}"`,
      `--password ${secret} --verbose`,
      `--token=${secret}`,
      `--api-key ${secret}`,
      `mysqldump -u root -p${secret} shop`,
      `sshpass -p ${secret} ssh host`,
      `redis-cli -a ${secret} ping`,
      `curl -u deploy:${secret} https://example.com`,
      `the password is ${secret}`,
      `https://example.com/x?access_token=${secret}&page=2`,
      `x-api-key: ${secret}`,
      `Server=db;User Id=sa;Password=${secret};`,
      `secret_key => ${secret}`,
    )
    .map((text) => ({ secret, text })),
);

/** Random characters that differ from words: both cases and digits, mixed. */
export const highEntropy: fc.Arbitrary<Planted> = fc
  .array(fc.tuple(chars(LOWER, 1), chars(DIGITS, 1), chars(UPPER, 1)), { minLength: 10, maxLength: 14 })
  .map((triples) => triples.map((triple) => triple.join('')).join(''))
  .filter((secret) => new Set(secret).size > 14)
  .map((secret) => ({ secret, text: secret }));

const luhn = (digits: string): string => {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, at) => {
      const twice = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
      return total + (twice > 9 ? twice - 9 : twice);
    }, 0);
  return digits + String((10 - (sum % 10)) % 10);
};

const spaced = (digits: string, gap: string): string => (digits.match(/.{1,4}/g) ?? []).join(gap);

const iban = (account: string): string => {
  const turned = `${account}131400`;
  const rest = Array.from(turned).reduce((left, digit) => (left * 10 + Number(digit)) % 97, 0);
  return `DE${String(98 - rest).padStart(2, '0')}${account}`;
};

export const personal: fc.Arbitrary<Planted> = fc.oneof(
  alone(
    fc.tuple(chars(LOWER, 3, 10), chars(LOWER, 3, 10)).map(([name, host]) => `${name}.x@${host}.example`),
  ),
  alone(
    fc
      .tuple(fc.constantFrom('4', '51', '52'), chars(DIGITS, 13))
      .map(([start, rest]) => luhn((start + rest).slice(0, 15))),
  ),
  alone(
    fc
      .tuple(chars(DIGITS, 14), fc.constantFrom(' ', '-'))
      .map(([rest, gap]) => spaced(luhn(`4${rest}`), gap)),
  ),
  alone(
    fc.tuple(chars(DIGITS, 18), fc.constantFrom('', ' ')).map(([account, gap]) => spaced(iban(account), gap)),
  ),
  alone(chars('123456789', 9).map((digits) => `+49 30 ${digits.slice(0, 4)} ${digits.slice(4, 8)}`)),
  alone(chars('23456789', 10).map((d) => `(${d.slice(0, 3)}) ${d.slice(3, 6)}-${d.slice(6)}`)),
);

export const planted: fc.Arbitrary<Planted> = fc.oneof(selfEvident, inContext, highEntropy, personal);
