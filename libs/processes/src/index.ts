export { startChild } from './child.ts';
export type { Child, ChildOptions, StopLimits } from './child.ts';
export { DATA_FORMAT, lockDataDir, lockForPart } from './data-dir.ts';
export type { DataDirLock } from './data-dir.ts';
export { takeEnvironment } from './environment.ts';
export type { Environment } from './environment.ts';
export type { Exit } from './exit.ts';
export { supervise } from './supervise.ts';
export type { SuperviseOptions, Supervised, Supervisable } from './supervise.ts';
export { NATS_MIN_VERSION, findNatsServer } from './nats-binary.ts';
export type { FindNatsOptions, NatsBinary } from './nats-binary.ts';
export { checkNatsDiskSpace } from './nats-disk-space.ts';
export { startNatsServer } from './nats-server.ts';
export type { NatsServer, NatsServerOptions } from './nats-server.ts';
export { QDRANT_MIN_VERSION, findQdrantServer } from './qdrant-binary.ts';
export type { FindQdrantOptions, QdrantBinary } from './qdrant-binary.ts';
export { qdrantApiKey } from './qdrant-key.ts';
export { endOrphanedQdrant } from './qdrant-folder.ts';
export { startQdrantServer } from './qdrant-server.ts';
export type { QdrantServer, QdrantServerOptions } from './qdrant-server.ts';
export {
  announceFailed,
  announceProgress,
  announceReady,
  exitWithParent,
  onParentMessage,
} from './parent.ts';
export { keepFilesPrivate, makePrivate } from './private-files.ts';
export { setNice } from './priority.ts';
export { runProgram } from './run-program.ts';
export { reapAsInit } from './init.ts';
export { OPTIONAL_PART_POLICY, RESTART_POLICY } from './restart-policy.ts';
export type { RestartPolicy } from './restart-policy.ts';
export { ignoresHangup, onStopSignals } from './signals.ts';
export type { StopSteps } from './signals.ts';
export { releaseStartupMemory } from './startup-memory.ts';
export { systemClock } from './system-clock.ts';
export { VERSION } from './version.ts';
