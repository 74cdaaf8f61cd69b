import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { registry } from '@precedent/grpc/reference';
import { describe, expect, it } from 'vitest';

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
    expect(ours).toHaveLength(4);
    for (const file of ours) {
      const own = served.get(file.name);
      expect(own && toJson(FileDescriptorProtoSchema, own)).toEqual(toJson(FileDescriptorProtoSchema, file));
    }
  });
});
