import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { openGrpcServer } from '@precedent/grpc';
import { GRPC_OPERATIONS, registry } from '@precedent/grpc/reference';
import { sequenceText } from '@precedent/kernel';
import { MemoryTaskEvents } from '@precedent/memory';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROTO = path.join(import.meta.dirname, '../../../proto');
const hasBuf = spawnSync('buf', ['--version']).status === 0;

const buf = (...args: readonly string[]): string =>
  execFileSync('buf', args, { cwd: PROTO, encoding: 'utf8', stdio: 'pipe' });

const compiled = (): readonly FileDescriptorProto[] => {
  const args = ['build', '--as-file-descriptor-set', '--exclude-source-info', '-o', '-#format=binpb'];
  const bytes = execFileSync('buf', args, { cwd: PROTO, maxBuffer: 64 * 1024 * 1024 });
  return fromBinary(FileDescriptorSetSchema, bytes).file;
};

describe.skipIf(!hasBuf)('the .proto files (needs the buf program)', () => {
  it('pass the standard rules, in the standard form', () => {
    expect(buf('lint')).toBe('');
    expect(buf('format', '--diff')).toBe('');
  });

  it('break nothing of the last release', () => {
    expect(buf('breaking', '--against', 'released.binpb')).toBe('');
  });

  it('are compiled to the descriptors that the gateway serves by', () => {
    const served = new Map([...registry().files].map(({ proto }) => [proto.name, proto]));
    const ours = compiled().filter(({ name }) => name.startsWith('precedent/'));
    expect(ours).toHaveLength(5);
    for (const file of ours) {
      const own = served.get(file.name);
      expect(own && toJson(FileDescriptorProtoSchema, own)).toEqual(toJson(FileDescriptorProtoSchema, file));
    }
  });
});

/** A gateway without services: each call is answered with an empty reply. */
const aGateway = async () => {
  const { options, calls } = testListener();
  const events = new MemoryTaskEvents();
  const health = { problem: () => undefined, isServing: () => Promise.resolve(true) };
  const server = await openGrpcServer({ ...options, events, health });
  onTestFinished(() => server.close());
  const argumentsOf = (method: string, request: object): string[] => [
    'curl',
    '--protocol=grpc',
    '--http2-prior-knowledge',
    `--header=authorization: Bearer ${TEST_KEY}`,
    `--data=${JSON.stringify(request)}`,
    `${server.url}/precedent.v1.${method}`,
  ];
  return { calls, events, argumentsOf };
};

describe.skipIf(!hasBuf)(
  'buf curl, which knows the gateway by its reflection only (needs the buf program)',
  () => {
    it('calls every operation', { timeout: 60_000 }, async () => {
      const { calls, argumentsOf } = await aGateway();
      for (const { service, method, takesTask } of GRPC_OPERATIONS) {
        const request = takesTask ? { task: { type: 't' } } : { namespace: 'acme' };
        const { stdout } = await promisify(execFile)('buf', argumentsOf(`${service}/${method}`, request));
        expect([method, JSON.parse(stdout)]).toEqual([method, expect.any(Object)]);
      }
      const called = calls.map(({ group, verb }) =>
        group === 'submit' ? 'submit.submit' : `${group}.${verb}`,
      );
      expect(called).toEqual(GRPC_OPERATIONS.map(({ name }) => name));
    });

    it('follows the events of tasks', async () => {
      const { events, argumentsOf } = await aGateway();
      const [after, last] = [sequenceText(0, 0), sequenceText(2, 0)];
      const child = spawn('buf', argumentsOf('HistoryService/WatchTasks', { after, type: ['work'] }));
      onTestFinished(() => void child.kill());
      let text = '';
      const watched = new Promise<string>((resolve, reject) => {
        child.once('close', () => reject(new Error(`buf curl ended after ${text}`)));
        createInterface(child.stdout).on('line', (line) => {
          text += line;
          if (text.includes(last)) resolve(text);
        });
      });
      const event = {
        id: 't',
        namespace: 'acme',
        project: 'web',
        band: 'low',
        at: 1,
        epoch: 1,
        attempt: 1,
      } as const;
      events.add({ ...event, type: 'other', event: 'queued' }, { ...event, type: 'work', event: 'started' });
      events.add({ ...event, type: 'work', event: 'completed' });
      const found = await watched;
      expect(found).toContain(`"position": "${after}"`);
      expect([...found.matchAll(/"sequence": "([^"]*)"/g)].map(([, sequence]) => sequence)).toEqual([
        sequenceText(1, 1),
        sequenceText(2, 0),
      ]);
    });
  },
);
