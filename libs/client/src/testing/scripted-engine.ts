import type { Msg, Subscription } from '@nats-io/nats-core';
import { headers } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { callerPattern, streamsOf, subjectsOf } from '@precedent/contracts';
import type { ApiVerb, TaskEvent, WorkerMessage } from '@precedent/contracts';
import type {
  Assignment,
  HelloMessage,
  HelloReply,
  LeaseRef,
  SettledLease,
  WorkerSignal,
} from '@precedent/contract-types';
import { Probe } from '@precedent/kernel';
import type { Link } from '../link.ts';

type Of<K extends WorkerMessage['kind']> = Extract<WorkerMessage, { kind: K }>;
export type Answer = object | undefined;

/** An engine written by hand: it answers what the test tells it to, and shows what it was sent. */
export class ScriptedEngine {
  readonly link: Link;
  readonly root: string;
  readonly subjects: ReturnType<typeof subjectsOf>;
  readonly hellos = new Probe<HelloMessage>();
  readonly heartbeats = new Probe<Of<'heartbeat'>>();
  readonly blocked = new Probe<Of<'blocked'>>();
  readonly progress = new Probe<Of<'progress'>>();
  /** One hit for each try to make a step durable. */
  readonly keeps = new Probe<Of<'keep'>>();
  readonly atomics = new Probe<Of<'atomic'>>();
  readonly drainings = new Probe<Of<'draining'>>();
  readonly byes = new Probe<Of<'bye'>>();
  /** One hit for each settled lease. */
  readonly settled = new Probe<SettledLease>();
  /** One hit for each lease that was assigned ahead and has started. */
  readonly started = new Probe<LeaseRef>();
  /** One hit for each report message: how many leases it had. */
  readonly reports = new Probe<number>();
  /** So few heartbeats that a test which asks for one gets that one. */
  welcome: HelloReply = { ok: true, leaseMs: 60_000, heartbeatMs: 20_000, keep: [] };
  /** `undefined`: no answer. */
  answerHello: (hello: HelloMessage) => Answer = () => this.welcome;
  answerReport: (settled: readonly SettledLease[]) => Answer = () => ({ ok: true, refused: [] });
  /** `undefined`: no answer, unless the test gives one with `message.respond`. */
  answerKeep: (keep: Of<'keep'>, message: Msg) => Answer = () => ({ ok: true });
  readonly #subscriptions: Subscription[] = [];

  constructor(link: Link, root: string) {
    this.link = link;
    this.root = root;
    this.subjects = subjectsOf(root);
    const probes = [
      this.hellos,
      this.heartbeats,
      this.blocked,
      this.progress,
      this.keeps,
      this.atomics,
      this.drainings,
      this.started,
      this.byes,
      this.settled,
      this.reports,
    ];
    for (const probe of probes) probe.arm();
  }

  /** Answers every message on `subject`; `undefined` leaves it without one. Resolves when the server knows of it. */
  async answer(subject: string, reply: (body: unknown, message: Msg) => Answer): Promise<void> {
    const callback = (_: Error | null, message: Msg): void => {
      const answer = reply(message.json(), message);
      if (answer) message.respond(JSON.stringify(answer));
    };
    this.#subscriptions.push(this.link.subscribe(subject, { callback }));
    await this.link.flush();
  }

  submit(reply: (body: unknown, message: Msg) => Answer): Promise<void> {
    return this.answer(this.subjects.submit('*'), reply);
  }

  api(verb: ApiVerb, reply: (body: unknown) => Answer): Promise<void> {
    return this.answer(this.subjects.api(verb), reply);
  }

  /** Answers workers, of cell `main`. */
  serveWorkers(): Promise<void> {
    return this.answer(this.subjects.report('main'), (body, message) =>
      this.#workerMessage(body as WorkerMessage, message),
    );
  }

  assign(session: string, ...tasks: Assignment[]): void {
    this.link.publish(this.subjects.assign(session), JSON.stringify({ tasks }));
  }

  signal(session: string, ...signals: WorkerSignal[]): void {
    this.link.publish(this.subjects.signal(session), JSON.stringify({ signals }));
  }

  announce(epoch: number): void {
    const announcement = { cell: 'main', engine: 'scripted', epoch, at: Date.now() };
    this.link.publish(this.subjects.leaderHeartbeat('main'), JSON.stringify(announcement));
  }

  /** `security`: the label of its task. */
  emit(event: TaskEvent, security?: string): void {
    const attributes = headers();
    const { id, type, event: name } = event;
    attributes.set('ce-id', `${id}-${name}`);
    attributes.set('ce-type', `precedent.task.${name}.v1`);
    attributes.set('ce-source', 'precedent/main');
    attributes.set('ce-time', new Date(event.at).toISOString());
    attributes.set('ce-subject', id);
    const { namespace, project } = event;
    const place = { namespace, project, type, event: name };
    const subject = this.subjects.event({ ...place, ...(security !== undefined && { security }) });
    this.link.publish(subject, JSON.stringify(event), { headers: attributes });
  }

  /** Makes the stream of the stream ingress. */
  async openStreamIngress(limits: { readonly max_msgs?: number } = {}): Promise<void> {
    const manager = await jetstreamManager(this.link);
    const config = {
      name: streamsOf(this.root).tasks,
      subjects: [this.subjects.drop('*'), callerPattern('tasks.*', this.root)],
    };
    await manager.streams.add({
      ...config,
      ...(limits.max_msgs && { max_msgs: limits.max_msgs, discard: 'new' as const }),
    });
  }

  async openLogs(): Promise<void> {
    const manager = await jetstreamManager(this.link);
    await manager.streams.add({ name: streamsOf(this.root).logs, subjects: [this.subjects.logs] });
  }

  /** What lies in a stream, as JSON. */
  async stored(stream: string): Promise<unknown[]> {
    const manager = await jetstreamManager(this.link);
    const { state } = await manager.streams.info(stream);
    const sequences = Array.from({ length: state.messages }, (_, i) => state.first_seq + i);
    const messages = await Promise.all(sequences.map((seq) => manager.streams.getMessage(stream, { seq })));
    return messages.map((message) => message?.json());
  }

  /** Stops answering, as a crash would. */
  async die(): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    await this.link.flush();
  }

  async close(): Promise<void> {
    await this.link.close();
  }

  #workerMessage(message: WorkerMessage, request: Msg): Answer {
    switch (message.kind) {
      case 'hello':
        this.hellos.hit(message);
        return this.answerHello(message);
      case 'heartbeat':
        this.heartbeats.hit(message);
        return undefined;
      case 'blocked':
        this.blocked.hit(message);
        return undefined;
      case 'progress':
        this.progress.hit(message);
        return undefined;
      case 'keep':
        this.keeps.hit(message);
        return this.answerKeep(message, request);
      case 'atomic':
        this.atomics.hit(message);
        return undefined;
      case 'bulk':
        return { done: message.ids.length, already: 0, refused: [] };
      case 'load':
        return undefined;
      case 'draining':
        this.drainings.hit(message);
        return undefined;
      case 'bye':
        this.byes.hit(message);
        return { ok: true };
      case 'report':
        this.reports.hit(message.settled.length);
        for (const started of message.started ?? []) this.started.hit(started);
        for (const settled of message.settled) this.settled.hit(settled);
        return this.answerReport(message.settled);
    }
  }
}

let worlds = 0;

/** An engine over its own connection, under a root that no other test has. */
export const scriptedEngine = async (url: string): Promise<ScriptedEngine> =>
  new ScriptedEngine(
    await connect({ servers: url, reconnectTimeWait: 50, maxReconnectAttempts: -1 }),
    `test.w${++worlds}`,
  );

export const anAssignment = (over: Partial<Assignment> = {}): Assignment => ({
  id: 'task-1',
  epoch: 1,
  attempt: 1,
  namespace: 'default',
  project: 'default',
  type: 'echo',
  band: 'normal',
  attemptMs: 60_000,
  graceMs: 50,
  heartbeatMs: 0,
  task: { payload: { n: 1 } },
  ...over,
});
