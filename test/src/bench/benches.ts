import type { Bench } from './bench.ts';
import { conditions } from './conditions.ts';
import { closedLatency, closedThroughput } from './closed.ts';
import { criticalStart } from './critical-start.ts';
import { decide } from './decide.ts';
import { events } from './events.ts';
import { flat } from './flat.ts';
import { freshness } from './freshness.ts';
import { goodput } from './goodput.ts';
import { grpcSubmit } from './grpc.ts';
import { history } from './history.ts';
import { httpBulk } from './http-bulk.ts';
import { httpStatus, httpSubmit } from './http.ts';
import { gatewayIdle, mcpCall } from './mcp.ts';
import { live } from './live.ts';
import { lostWorker } from './lost-worker.ts';
import { urgentStart } from './urgent-start.ts';
import { index } from './index.ts';
import { isolate } from './isolate.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { policy } from './policy.ts';
import { preemptPath } from './preempt-path.ts';
import { preemptStart } from './preempt-start.ts';
import { recovery } from './recovery.ts';
import { search } from './search.ts';
import { status } from './status.ts';
import { throughput } from './throughput.ts';
import { throughputWithVectorizer } from './throughput-remembering.ts';
import { turnaround } from './turnaround.ts';
import { verify } from './verify.ts';

/** Every benchmark, by the name that `npm run bench` knows it by. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  throughput,
  'throughput-remembering': throughputWithVectorizer,
  latency,
  'closed-throughput': closedThroughput,
  'closed-latency': closedLatency,
  'critical-start': criticalStart,
  'preempt-start': preemptStart,
  'preempt-path': preemptPath,
  'urgent-start': urgentStart,
  'lost-worker': lostWorker,
  turnaround,
  goodput,
  decide,
  status,
  'http-submit': httpSubmit,
  'http-bulk': httpBulk,
  'http-status': httpStatus,
  'grpc-submit': grpcSubmit,
  'mcp-call': mcpCall,
  'gateway-idle': gatewayIdle,
  live,
  events,
  memory,
  recovery,
  history,
  search,
  freshness,
  index,
  isolate,
  flat,
  policy,
  conditions,
  verify,
};
