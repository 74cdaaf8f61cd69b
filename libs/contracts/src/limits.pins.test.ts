import { expect, it } from 'vitest';
import { LIMITS } from './limits.ts';

it('never lowers a limit that clients rely on', () => {
  expect(LIMITS).toEqual({
    taskBytes: 327_680,
    payloadBytes: 262_144,
    resultBytes: 262_144,
    tasksPerSubmission: 1_000,
    idChars: 64,
    nameChars: 200,
    typeChars: 100,
    tokenChars: 64,
    keyChars: 256,
    labels: 32,
    labelChars: 256,
    args: 1_000,
    argChars: 32_768,
    env: 200,
    commandChars: 65_536,
    retries: 100,
    runs: 1_000,
    nonRetryable: 50,
    durationMs: 31_622_400_000,
    errorMessageChars: 4_096,
    logChunkBytes: 32_768,
    listed: 1_000,
    waitMs: 30_000,
    checkpointInlineBytes: 65_536,
    checkpointBytes: 67_108_864,
    undoBytes: 16_384,
    undosPerCheckpoint: 1_000,
    stepsWaiting: 2_000,
    atomicMs: 60_000,
    slotsPerWorker: 10_000,
    typesPerWorker: 1_000,
  });
});
