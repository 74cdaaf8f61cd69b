import type { Bench, RunFigures } from './bench.ts';
import { freePort, startGateway } from './http.ts';
import type { GrpcLoadParams, GrpcLoadResult } from './programs/grpc-load.ts';
import { percentile } from './stats.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const CALLS = { connections: 8, calls: 64 };
const TIMES = { warmUpMs: 2_000, ms: 5_000 };

/** The same load, first on the gateway, then, with the engine stopped, on a server that does no more than to append and to answer. */
const submits = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    const gateway = await startGateway(world.url, stage);
    const { grpc, key } = gateway.target;
    const own = await loaded(world, { address: grpc, key }).finally(gateway.stop);
    await engine.stop();
    const port = await freePort();
    const server = await world.program('plain-grpc', { port });
    const plain = await loaded(world, { address: `http://127.0.0.1:${port}`, key: 'none' });
    await server.kill();
    return {
      metrics: { submits_per_s: own.perSecond, p99_ms: own.p99 },
      ceiling: { submits_per_s: plain.perSecond, p99_ms: plain.p99 },
    };
  });

const loaded = async (
  world: World,
  target: Pick<GrpcLoadParams, 'address' | 'key'>,
): Promise<{ perSecond: number; p99: number }> => {
  const params: GrpcLoadParams = { ...target, ...CALLS, ...TIMES };
  const program = await world.program<GrpcLoadResult>('grpc-load', params);
  program.go();
  const { answers, ms, times } = await program.result;
  return { perSecond: (answers / ms) * 1_000, p99: percentile(times, 0.99) };
};

export const grpcSubmit: Bench = {
  about:
    'tasks submitted one by one over gRPC, 64 calls at a time; for comparison a server of the same kind that appends to a stream and answers',
  run: submits,
};
