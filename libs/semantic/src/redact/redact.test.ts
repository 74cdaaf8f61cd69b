import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentsOf } from '../documents/task-documents.ts';
import { noteDocument, resolutionDocument, workflowDocument } from '../documents/annotation-documents.ts';
import { shapeOf } from '../documents/shape.ts';
import type { TaskFacts } from '../facts.ts';
import { runFromFacts, runText } from '../precedents/run.ts';
import { looksRandom } from './entropy.ts';
import { passesIban, passesLuhn } from './personal.ts';
import { redactArgs, redactText, redactValue } from './redact.ts';
import { planted } from './secrets.arbitraries.ts';
import type { Planted } from './secrets.arbitraries.ts';
import { isSecretKey } from './secrets.ts';

const provenance = { namespace: 'default', project: 'shop', by: 'dana', at: 1 };

/** A task with the same text in every text field. */
const taskWith = (text: string): TaskFacts => ({
  id: 'task-1',
  namespace: 'default',
  project: 'shop',
  type: 'data.import',
  band: 'normal',
  name: `import ${text}`,
  command: `run.sh ${text}`,
  args: ['--note', text, text],
  cwd: `/srv/${text}`,
  envKeys: ['HOME', text],
  payloadShape: shapeOf({ [text]: 1 }),
  payloadValues: { note: `it was ${text}`, list: [text], [text]: text },
  labels: { note: text, [text]: 'x' },
  version: text,
  artifacts: { [text]: 'sha256:00aa' },
  dependencies: [{ name: text, outcome: 'completed' }],
  preemptions: [{ at: 3, byName: text, reason: `because of ${text}` }],
  decisions: [{ at: 3, outcome: 'wait', explanation: `because of ${text}` }],
  attempts: [
    {
      n: 1,
      worker: 'w-1',
      startedAt: 2,
      endedAt: 4,
      outcome: 'failed',
      exitCode: 1,
      error: {
        code: 'HANDLER_FAILED',
        message: `could not log in with ${text}`,
        stack: `Error: ${text}\n    at login (/srv/app/login.ts:3:4)`,
      },
      output: `INFO start\nERROR failed: ${text}\nINFO ${text}`,
    },
    {
      n: 2,
      worker: 'w-1',
      startedAt: 5,
      endedAt: 6,
      outcome: 'failed',
      exitCode: 1,
      error: { code: 'COMMAND_FAILED', message: 'command exited with code 1' },
      output: text,
    },
  ],
  submittedAt: 1,
  settledAt: 6,
  outcome: 'failed',
});

const everyDocumentOf = (text: string): string =>
  JSON.stringify([
    documentsOf(taskWith(text)),
    runFromFacts(taskWith(text)),
    noteDocument({ ...provenance, text, sources: [text], tags: [text] }),
    resolutionDocument({ ...provenance, text, subject: text, task: 'a', evidence: 'b', fingerprint: 'f' }),
    workflowDocument({
      ...provenance,
      id: 'w',
      name: text,
      outcome: 'failed',
      steps: [{ name: text, type: 'x', after: [text] }],
    }),
  ]).toLowerCase();

/** The part that must not appear in a document. Of a private key it is the second line, because documents have no line breaks. */
const coreOf = ({ secret }: Planted): string => {
  const lines = secret.split('\n');
  return (lines[1] ?? secret).toLowerCase();
};

describe('documents of any text', () => {
  it('are well-formed text in every field, also of tasks whose texts hold half a character or are cut inside one', () => {
    const emoji = '😀'.repeat(1_200);
    for (const text of ['x \ud83d', '\ude00\ud83d', emoji, `a${emoji}`]) {
      const documents = [
        ...documentsOf(taskWith(text)),
        noteDocument({ ...provenance, text, sources: [text], tags: [text] }),
        resolutionDocument({
          ...provenance,
          text,
          subject: text,
          task: text,
          evidence: 'b',
          fingerprint: text,
        }),
      ];
      for (const { text: whole, payload } of documents) {
        expect(
          [whole, ...Object.values(payload)]
            .flat()
            .map(String)
            .every((one) => one.isWellFormed()),
        ).toBe(true);
        expect(payload.text).toBe(whole);
      }
      expect(runText(taskWith(text))).not.toMatch(/\\ud[89a-f]/i);
    }
  });
});

describe('redactText, redactArgs and redactValue', () => {
  it('remove a planted secret of any kind at any place', () => {
    fc.assert(
      fc.property(planted, (one) => {
        expect(everyDocumentOf(one.text)).not.toContain(coreOf(one));
      }),
      { numRuns: 600 },
    );
  });

  it('remove a planted secret between words and after punctuation', () => {
    const around = fc.constantFrom(
      ['say ', ' now'],
      ['(', ')'],
      ['"', '"'],
      ['x=1, ', ', y=2'],
      ['\n', '\n'],
      ['<', '>'],
    );
    fc.assert(
      fc.property(planted, around, (one, [before = '', after = '']) => {
        expect(redactText(before + one.text + after).toLowerCase()).not.toContain(coreOf(one));
      }),
      { numRuns: 1_000 },
    );
  });

  it('change nothing in a redacted text', () => {
    fc.assert(
      fc.property(planted, ({ text }) => {
        const once = redactText(`before ${text} after`);
        expect(redactText(once)).toBe(once);
      }),
    );
  });

  it.each([
    'src/components/DashboardWidget/v2Layout.test.tsx',
    'docker run -p 8080:80 nginx',
    'mkdir -p build/output',
    'ssh -p 2222 host',
    'author: bob',
    'max_tokens=500, input_tokens: 20',
    'error TS2345: Argument of type string',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    'task 01JD3WYT50DRDJFHKV3EABCDEF failed',
    'request 0b6d0f4c-1d1c-8f0e-6a0c-44cf3ab0bd65',
    "unexpected token ')' at line 3",
    'the token expired',
    'version 2026.11.19-1 of 1795154400000',
    'connect ECONNREFUSED 10.2.7.19:8443',
    'order 123456789012345 of customer 4711',
    'InvoiceImportServiceIntegrationTest.java',
    'at org.springframework.beans.factory.support.AbstractAutowireCapableBeanFactory',
    'pass 3 of 7, 412 passed',
    'PASS src/login2.test.ts',
    'secret "db-credentials-7f9" not found',
    'Unexpected token identifier1 in JSON',
    'docker login failed for host registry1',
    'curl -s -o out.json https://a/b:c',
    'cargo build --release -p shop2',
    'redis-cli -p 6379 ping',
    'password authentication failed for user "bob1234"',
    'AppAuth.framework: errSecInternalComponent',
    'denied: may require authorization: server message: insufficient_scope: authorization failed',
    'AuthError: no such method',
    'replace <token> by yours',
    'http://a/box.ico-7a388b69018576d24b59331fd60aab0c.png',
    'static void GLC_CreateLightmapTexturesIndividual(void)',
    'heroku app id: 0b6d0f4c-1d1c-4f0e-9a0c-44cf3ab0bd65',
    'discord: my-long-kebab-case-channel-name1',
    'travis build: success, codecov: 87.5 %',
    'the pul-request of sat. 12 may',
    'failed to fetch anonymous token: unexpected status from GET request',
    "('invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes)",
    'a fresh auth token is needed. Log in',
    '{"completion_tokens":2048,"pad_token_id": 128261}',
    'ok  internal/token 0.118s',
    'CMake Error at /usr/share/cmake-3.28/Modules/FindPackageHandleStandardArgs.cmake:230',
    'Access to model northwind-labs/Strato-9B-Instruct is restricted',
    'X86_64_UNKNOWN_LINUX_GNU_OPENSSL_LIB_DIR',
    'node reco/item_embedding_1/GatherV2',
    '-XX:MaxDirectMemorySize=350m',
    'migration 20261005101500 of +1382.117004395 seconds',
  ])('leave %s unchanged', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['mysqldump -u root -phunter2 shop', 'mysqldump -u root -p[secret] shop'],
    ['postgres://app:p4ss@db:5432/shop', 'postgres://[secret]@db:5432/shop'],
    ['mail a.person@example.com now', 'mail [email] now'],
    ['card 4111 1111 1111 1111 was used', 'card [card] was used'],
    ['DE89 3704 0044 0532 0130 00 bounced', '[iban] bounced'],
    ['call +49 30 1234567', 'call [phone]'],
    ['key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY was used', 'key [secret] was used'],
    ['GET /x?page=2&token=abc', 'GET /x?page=2&token=[secret]'],
    ['curl -ubob:hunter2 https://a', 'curl -ubob:[secret] https://a'],
    ['curl -sSubob:hunter2 -Uann:pw2 x', 'curl -sSubob:[secret] -Uann:[secret] x'],
    ['/usr/bin/curl -s -u bob:hunter2 x', '/usr/bin/curl -s -u bob:[secret] x'],
    ['smbclient //a/b -Ubob%hunter2', 'smbclient //a/b -Ubob%[secret]'],
    ['lftp -u bob,hunter2 host', 'lftp -u bob,[secret] host'],
    ['zip -Phunter2 a.zip b', 'zip -P[secret] a.zip b'],
    ['redis-cli -ahunter2 ping', 'redis-cli -a[secret] ping'],
    ['mysql -uroot -phunter2 -e x; mysql -psecond', 'mysql -uroot -p[secret] -e x; mysql -p[secret]'],
    ['echo hunter2 | sudo -S apt update', 'echo [secret] | sudo -S apt update'],
    ['printf "my pass\\n" | sudo -kS -p "" id', 'printf [secret] | sudo -kS -p "" id'],
    ['sudo -S id <<< hunter2', 'sudo -S id <<< [secret]'],
    ['echo bob:hunter2 | chpasswd', 'echo [secret] | chpasswd'],
    [
      'echo hunter2 | docker login -u bob --password-stdin',
      'echo [secret] | docker login -u bob --password-stdin',
    ],
    [`AGE-SECRET-KEY-1${'QPZRY9X8'.repeat(7)}AB in keys.txt`, '[secret] in keys.txt'],
    [`seed SU${'M2XKP7QD'.repeat(7)} of nats`, 'seed [secret] of nats'],
    ['{\\"password\\": \\"hunter2\\", \\"port\\": 1}', '{\\"password\\": [secret], \\"port\\": 1}'],
    ['API_TOKEN ::= "hunter2"', 'API_TOKEN ::= [secret]'],
    ['API_TOKEN ?= "hunter2"', 'API_TOKEN ?= [secret]'],
    ['$apiToken .= "hunter2";', '$apiToken .= [secret];'],
    ['const token: string = "hunter2"', 'const token: string = [secret]'],
    ['var dbPassword string = "hunter2"', 'var dbPassword string = [secret]'],
    ['System.setProperty("DB_PASSWORD", "hunter2")', 'System.setProperty("DB_PASSWORD", [secret])'],
    ['<apiToken>\n  hunter2\n</apiToken>', '<apiToken>\n  [secret]\n</apiToken>'],
    ['airtable: "ab3cd5ef7gh9ij1kl".', 'airtable: "[secret]".'],
    ['TRAVIS_CI = ab3cd5ef7gh9ij1kl3mn5o, next', 'TRAVIS_CI = [secret], next'],
    [`(sntryu_${'0a1b2c3d'.repeat(8)})`, '([secret])'],
    [`use glagent-${'aB3d5'.repeat(10)} twice`, 'use [secret] twice'],
    ['password="never closed by\nthe next line', 'password=[secret]\nthe next line'],
  ])('replace a secret by its kind: %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it('remove the argument after a secret flag, and not the next flag', () => {
    expect(redactArgs(['--password', 'hunter2', '--verbose'])).toEqual([
      '--password',
      '[secret]',
      '--verbose',
    ]);
    expect(redactArgs(['--no-password', '--host', 'db'])).toEqual(['--no-password', '--host', 'db']);
    expect(redactArgs(['-p', 'hunter2'], '/usr/bin/sshpass')).toEqual(['-p', '[secret]']);
    expect(redactArgs(['-p', 'build'], 'mkdir')).toEqual(['-p', 'build']);
    expect(redactArgs(['-ubob:pw', '-sSUann:pw', '-u', 'c:d', '--user', 'e:f'], 'curl')).toEqual([
      '-ubob:[secret]',
      '-sSUann:[secret]',
      '-u',
      'c:[secret]',
      '--user',
      'e:[secret]',
    ]);
    expect(redactArgs(['-c', 'echo hunter2 | sudo -S ls'], 'sh')).toEqual([
      '-c',
      'echo [secret] | sudo -S ls',
    ]);
    expect(redactArgs(['-ahunter2'], '/usr/bin/redis-cli')).toEqual(['-a[secret]']);
    expect(redactArgs(['-uroot'], 'mysql')).toEqual(['-uroot']);
  });

  it.each([
    'twine upload -u b -p hunter2 x',
    'helm registry login -p hunter2 host',
    'docker login -phunter2 host',
    'htpasswd -bc users bob hunter2',
    'snmpwalk -v2c -c hunter2 host',
    'http -a bob:hunter2 host',
    'ssh-keygen -t ed25519 -N hunter2',
    'openssl enc -aes-256-cbc -k hunter2 -in x',
    'vault login hunter2',
    'ngrok config add-authtoken hunter2',
    'wpa_passphrase home hunter2',
    'mc alias set shop https://h AKIA hunter2',
    'aws configure set aws_secret_access_key hunter2',
    'npm config set //registry.example/:_authToken hunter2',
    'keytool -storepass hunter2 -list',
    'sudo curl -ubob:hunter2 https://a',
    'timeout 10 mysql -phunter2',
    'curl -u hunter2: https://a',
  ])('remove a secret in a text and in arguments: %s', (line) => {
    const [program = '', ...args] = line.split(' ');
    expect(redactText(`run ${line} twice`)).not.toContain('hunter2');
    expect(redactText(`sh -c "${line}"`)).not.toContain('hunter2');
    expect(redactArgs(args, program).join(' ')).not.toContain('hunter2');
  });

  it.each([
    'echo "machine github.com login bob password hunter2" > ~/.netrc',
    'printf "machine a\\nlogin b\\npassword hunter2\\n" > ~/.netrc',
    'echo "db:5432:shop:bob:hunter2" > ~/.pgpass',
    'chpasswd <<< "bob:hunter2"',
    'echo hunter2 | gh auth login --with-token',
    'gh auth login --with-token <<< hunter2',
    'echo -n hunter2 | cryptsetup luksOpen x y',
    "ALTER USER bob WITH PASSWORD 'hunter2'",
    'GRANT ALL ON x TO b IDENTIFIED BY "hunter2"',
    '<db.password>hunter2</db.password>',
    'login?password%3Dhunter2',
    'Password for bob: hunter2',
    'sqlplus bob/hunter2@db',
    `Command ['mysql', '-p', 'hunter2'] returned 1`,
    `Command ['x', '--password', 'hunter2'] returned 1`,
  ])('remove the secret of %s', (text) => {
    expect(redactText(text)).not.toContain('hunter2');
  });

  it('redact values by their key at any depth, and keys by their content', () => {
    expect(redactValue({ a: [{ apiKey: { deep: 1 }, n: 3 }], 'a.b@example.com': true })).toEqual({
      a: [{ apiKey: '[secret]', n: 3 }],
      '[email]': true,
    });
    expect(redactValue({ card: 4111111111111111 })).toEqual({ card: '[card]' });
  });

  it.each([
    'password',
    'DB_PASSWORD',
    'dbPassword',
    'x-api-key',
    'apiKey',
    'AWS_SECRET_ACCESS_KEY',
    'client_secret',
    'refreshToken',
  ])('classify %s as the key of a secret', (key) => expect(isSecretKey(key)).toBe(true));

  it.each([
    'author',
    'max_tokens',
    'passenger',
    'compass',
    'tokenizer',
    'secretary',
    'password_length',
    'monkey',
    'bypass',
  ])('do not classify %s as the key of a secret', (key) => expect(isSecretKey(key)).toBe(false));

  it('check the check digits of cards and accounts', () => {
    expect([passesLuhn('4111111111111111'), passesLuhn('4111111111111112')]).toEqual([true, false]);
    expect([passesIban('GB82WEST12345698765432'), passesIban('GB82WEST12345698765431')]).toEqual([
      true,
      false,
    ]);
  });

  it('distinguish random characters from names', () => {
    expect(looksRandom('x7Kp2mQ9vLs4TzR8wYb3')).toBe(true);
    expect(looksRandom('CustomerOrderImport2024Service')).toBe(false);
    expect(looksRandom('9f86d081884c7d659a2feaa0c55ad015')).toBe(true);
  });
});
