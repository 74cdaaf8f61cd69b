import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFixtureServer } from './fixture/fixture-server.ts';
import type { FixtureServer } from './fixture/fixture-server.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SUITE = path.join(ROOT, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const EXCLUSIONS = fileURLToPath(new URL('exclusions-2025-11-25.yaml', import.meta.url));
const LONG_MS = 240_000;

/** What the official suite says of the server: scenarios that passed and that did not. */
const judge = async (...args: string[]) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mcp-conformance-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { code, text } = await run([SUITE, 'server', '--output-dir', folder, ...args]);
  const summary = text.slice(text.indexOf('=== SUMMARY ==='));
  const named = (mark: string): string[] =>
    [...summary.matchAll(new RegExp(`^${mark} ([\\w-]+): `, 'gm'))].map(([, name = '']) => name);
  return { code, passed: named('✓'), failed: named('✗'), text };
};

const run = (args: readonly string[]): Promise<{ code: unknown; text: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, text: `${stdout}${stderr}` }),
    );
  });

describe.skipIf(!existsSync(SUITE))('the official conformance suite', () => {
  let server: FixtureServer;
  beforeAll(async () => {
    server = await startFixtureServer();
  });
  afterAll(() => server.close());

  it(
    'passes with every scenario of 2026-07-28, and those of the tasks extension',
    async () => {
      const { code, passed, failed, text } = await judge('--url', server.url, '--requirements', '2026-07-28');
      expect(failed, text).toEqual([]);
      expect(code).toBe(0);
      expect(passed.filter((name) => name.startsWith('tasks-')).length).toBe(10);
      expect(passed.length).toBe(50);
    },
    LONG_MS,
  );

  it(
    'passes with every scenario of 2025-11-25 that needs no session',
    async () => {
      const requirements = ['--requirements', '2025-11-25', '--expected-failures', EXCLUSIONS];
      const { code, passed, text } = await judge('--url', server.url, ...requirements);
      expect(code, text).toBe(0);
      expect(passed.length).toBe(27);
    },
    LONG_MS,
  );
});
