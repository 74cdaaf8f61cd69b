import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readAuditText } from '@precedent/access';
import type { AuditEntry, AuditHead, AuditMessage } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { auditTrail } from '@precedent/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isSignedHead, knownHeadsOf, openAuditFolder } from './audit-folder.ts';
import { signHeads } from './sign-heads.ts';

const HOUR_MS = 3_600_000;

describe('the signing of the audit trail', () => {
  let dataDir: string;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    dataDir = mkdtempSync(path.join(os.tmpdir(), 'precedent-audit-'));
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(dataDir, { recursive: true });
  });

  const setup = () => {
    const messages: AuditMessage[] = [];
    const problems: Problem[] = [];
    const down = { isDown: false };
    const trail = auditTrail({
      put: async (text, after) => {
        if (down.isDown) throw new AppError('AUDIT_UNAVAILABLE', 'down');
        messages.push({ seq: after + 1, text });
        return 'stored';
      },
      last: async () => messages.at(-1),
      read: async (after) => messages.slice(after),
    });
    const entry: AuditEntry = {
      at: 1,
      service: 'engine',
      operation: 'task.cancel',
      decision: 'allowed',
      credential: 'k1',
      namespace: 'acme',
    };
    const heads = (): AuditHead[] =>
      messages
        .flatMap(({ text }) => readAuditText(text)?.entries ?? [])
        .flatMap((each) => ('head' in each ? [each.head] : []));
    const start = () =>
      signHeads({
        trail,
        folder: openAuditFolder(dataDir),
        service: 'engine',
        now: () => 1,
        onFault: (problem) => problems.push(problem),
      });
    return { add: () => trail.append(entry), heads, start, down, problems };
  };

  it('signs at the start, every hour and at the end, and only what is new', async () => {
    const { add, heads, start } = setup();
    await add();
    const signing = start();
    await vi.waitFor(() => expect(heads()).toHaveLength(1));
    vi.advanceTimersByTime(HOUR_MS);
    await add();
    vi.advanceTimersByTime(HOUR_MS);
    await vi.waitFor(() => expect(heads()).toHaveLength(2));
    await add();
    await signing.stop();
    await signing.stop();
    expect(heads().map(({ seq }) => seq)).toEqual([1, 3, 5]);
    expect(heads().every(isSignedHead)).toBe(true);
    const { publicKey, heads: known } = knownHeadsOf(dataDir);
    expect(known).toEqual(heads().map(({ seq, sha256 }) => ({ seq, sha256 })));
    expect(heads().map((head) => head.publicKey)).toEqual([publicKey, publicKey, publicKey]);
  });

  it('signs with the same key after a restart, which only its user can read', async () => {
    const one = openAuditFolder(dataDir);
    const head = openAuditFolder(dataDir).sign({ seq: 1, sha256: 'a' });
    expect(head.publicKey).toBe(one.publicKey);
    expect(statSync(path.join(dataDir, 'audit', 'signing-key.pem')).mode & 0o777).toBe(0o600);
    expect(isSignedHead(head)).toBe(true);
    expect(isSignedHead({ ...head, seq: 2 })).toBe(false);
    expect(isSignedHead({ ...head, publicKey: 'x' })).toBe(false);
    expect(isSignedHead({ ...head, signature: '' })).toBe(false);
  });

  it('reports that it cannot sign, and signs later', async () => {
    const { add, heads, start, down, problems } = setup();
    await add();
    down.isDown = true;
    const signing = start();
    await vi.waitFor(() => expect(problems).toMatchObject([{ code: 'AUDIT_UNAVAILABLE' }]));
    down.isDown = false;
    await signing.stop();
    expect(heads()).toHaveLength(1);
  });

  it('knows nothing where no engine signed', () => {
    expect(knownHeadsOf(dataDir)).toEqual({ heads: [] });
  });
});
