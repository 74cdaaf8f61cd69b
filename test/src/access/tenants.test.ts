import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { foreignPublishes, foreignSubscriptions } from './foreign-subjects.ts';
import { accessWorld, refusalOf } from './world.ts';
import type { Raw } from './access-server.ts';

const setup = async () => {
  const world = await accessWorld();
  await world.grant('ann', { namespace: 'acme' });
  await world.grant('bob', { namespace: 'other' });
  const [ann, bob] = [await world.key('ann'), await world.key('bob')];
  const requests: string[] = [];
  world.nc.subscribe(`${world.root}.ns.>`, {
    callback: (_, msg) => {
      requests.push(msg.subject);
      if (!msg.subject.includes('.tasks.')) msg.respond(`answer to ${msg.subject}`);
    },
  });
  await world.nc.flush();
  return { ...world, ann, bob, requests, client: await world.connectAs(ann) };
};

/** Everything that the server has sent to the cell's account until now has arrived. */
const settled = async (...all: Raw[]): Promise<void> => {
  for (const nc of [...all, ...all]) await nc.flush();
};

describe('a client with the key of one tenant', () => {
  it('calls the services of its namespace, and gets the answer in its inbox', async () => {
    const { client, ann, root } = await setup();
    const subject = `${root}.ns.acme.task.get.${ann.id}`;
    expect((await client.request(subject)).string()).toBe(`answer to ${subject}`);
  });

  it('publishes into the stream of submissions, and gets the acknowledgement of the server', async () => {
    const { client, ann, root, nc } = await setup();
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'TASKS', subjects: [`${root}.ns.*.tasks.*.*`] });
    const ack = await client.request(`${root}.ns.acme.tasks.high.${ann.id}`, '{}');
    expect(ack.json()).toMatchObject({ stream: 'TASKS', seq: 1 });
  });

  it('gets an error at once when no service listens', async () => {
    const world = await accessWorld();
    await world.grant('ann');
    const ann = await world.key('ann');
    const client = await world.connectAs(ann);
    const asking = client.request(`${world.root}.ns.acme.task.get.${ann.id}`, '', { timeout: 20_000 });
    await expect(asking).rejects.toThrow(/no responders/i);
  });

  it('cannot publish on a subject of another tenant, with another credential, or without one', async () => {
    const { client, ann, bob, root, requests, nc } = await setup();
    for (const subject of foreignPublishes({ root, own: ann.id, other: bob.id }))
      expect([subject, await refusalOf(client, () => client.publish(subject))]).toEqual([
        subject,
        `Permissions Violation for Publish to "${subject}"`,
      ]);
    await settled(client, nc);
    expect(requests).toEqual([]);
  });

  it('cannot subscribe to another inbox, to events of others, or to what the cell uses itself', async () => {
    const { client, ann, bob, root } = await setup();
    for (const subject of foreignSubscriptions({ root, own: ann.id, other: bob.id }))
      expect([subject, await refusalOf(client, () => client.subscribe(subject))]).toEqual([
        subject,
        `Permissions Violation for Subscription to "${subject}"`,
      ]);
  });

  it('gets the events of its namespace, and none of another', async () => {
    const { client, root, nc } = await setup();
    const events = client.subscribe(`${root}.events.acme.*.*.*`, { max: 1 });
    await client.flush();
    nc.publish(`${root}.events.other.p.t.completed`);
    nc.publish(`${root}.events.acme.p.t.completed`);
    const subjects: string[] = [];
    for await (const { subject } of events) subjects.push(subject);
    expect(subjects).toEqual([`${root}.events.acme.p.t.completed`]);
  });

  it('cannot use JetStream, also not through a subject that its account has', async () => {
    const { client } = await setup();
    await expect(jetstreamManager(client)).rejects.toThrow();
    for (const subject of ['$JS.API.INFO', '$JS.API.STREAM.NAMES', '$JS.API.DIRECT.GET.KV_PRECEDENT_ACCESS'])
      expect(await refusalOf(client, () => client.publish(subject))).toContain('Permissions Violation');
  });

  it('cannot make an answer into a request to JetStream, into a change of keys, or into a call of another', async () => {
    const { client, ann, bob, root, requests, nc } = await setup();
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'TASKS', subjects: [`${root}.ns.*.tasks.*.*`] });
    const before = (await jsm.streams.info('KV_PRECEDENT_ACCESS')).state.last_seq;
    const replies = [
      `${root}.ns.other.task.get.${bob.id}`,
      `${root}.task.get`,
      '$KV.PRECEDENT_ACCESS.key.x',
      '$JS.API.STREAM.PURGE.TASKS',
    ];
    const asCell: string[] = [];
    for (const reply of replies) nc.subscribe(reply, { callback: (_, msg) => void asCell.push(msg.subject) });
    await nc.flush();
    for (const reply of replies)
      for (const rest of ['task.get', 'tasks.high'])
        client.publish(`${root}.ns.acme.${rest}.${ann.id}`, '', { reply });
    await settled(client, nc, client, nc);
    expect(requests.filter((subject) => !subject.endsWith(ann.id))).toEqual([]);
    expect(asCell).toEqual([]);
    expect((await jsm.streams.info('KV_PRECEDENT_ACCESS')).state.last_seq).toBe(before);
    expect((await jsm.streams.info('TASKS')).state.messages).toBe(replies.length);
  });
});

describe('other users', () => {
  it('that administer the cell call its services by their subjects, and reach no stream', async () => {
    const { root, ...world } = await accessWorld();
    await world.grant('root', { role: 'admin', namespace: '*' });
    const own = await world.key('root');
    const admin = await world.connectAs(own);
    const calls = world.nc.subscribe(`${root}.ns.acme.access.keys.*`, { max: 1 });
    await world.nc.flush();
    const answer = admin.request(`${root}.ns.acme.access.keys.${own.id}`);
    for await (const msg of calls) msg.respond('keys');
    expect((await answer).string()).toBe('keys');
    await expect(jetstreamManager(admin)).rejects.toThrow();
    for (const subject of [
      `${root}.journal.main`,
      `${root}.snapshot.main`,
      `${root}.audit`,
      `${root}.access.createKey`,
      `${root}.task.cancel`,
      `${root}.submit.high`,
      '$KV.LEASES.main',
      '$KV.PRECEDENT_ACCESS.key.x',
      ...['PURGE', 'DELETE', 'UPDATE', 'MSG.DELETE', 'INFO', 'SNAPSHOT'].flatMap((verb) =>
        ['PRECEDENT_AUDIT', 'JOURNAL_main', 'KV_PRECEDENT_ACCESS'].map(
          (stream) => `$JS.API.STREAM.${verb}.${stream}`,
        ),
      ),
      '$JS.API.DIRECT.GET.KV_PRECEDENT_ACCESS',
      '$JS.API.CONSUMER.CREATE.PRECEDENT_AUDIT',
    ])
      expect([subject, await refusalOf(admin, () => admin.publish(subject))]).toEqual([
        subject,
        `Permissions Violation for Publish to "${subject}"`,
      ]);
  });

  it('that administer the cell cannot make an answer into a change of keys or a request to JetStream', async () => {
    const { root, ...world } = await accessWorld();
    await world.grant('root', { role: 'admin', namespace: '*' });
    const own = await world.key('root');
    const admin = await world.connectAs(own);
    const [jsm, asCell]: [JetStreamManager, string[]] = [await jetstreamManager(world.nc), []];
    const before = (await jsm.streams.info('KV_PRECEDENT_ACCESS')).state.last_seq;
    const replies = [
      '$KV.PRECEDENT_ACCESS.key.x',
      '$JS.API.STREAM.PURGE.KV_PRECEDENT_ACCESS',
      `${root}.audit`,
    ];
    for (const subject of replies) world.nc.subscribe(subject, { callback: () => void asCell.push(subject) });
    world.nc.subscribe(`${root}.ns.>`, { callback: (_, msg) => void msg.respond('{}') });
    await world.nc.flush();
    for (const reply of replies) admin.publish(`${root}.ns.acme.access.keys.${own.id}`, '', { reply });
    await settled(admin, world.nc, admin, world.nc);
    expect(asCell).toEqual([]);
    expect((await jsm.streams.info('KV_PRECEDENT_ACCESS')).state.last_seq).toBe(before);
  });

  it('that run tasks reach the worker protocol, and no stream', async () => {
    const { root, ...world } = await accessWorld();
    await world.grant('runner', { role: 'worker', namespace: '*' });
    const own = await world.key('runner');
    const worker = await world.connectAs(own);
    const inCell = (rest: string): string => `${root}.cell.main.${rest}`;
    const report = inCell(`report.${own.id}`);
    const reports = world.nc.subscribe(report, { max: 1 });
    const assigned = worker.subscribe(`${root}.worker.${own.id}.s1.assign`, { max: 1 });
    await Promise.all([worker.flush(), world.nc.flush()]);
    const reported = worker.request(report, 'hello');
    for await (const msg of reports) msg.respond('welcome');
    expect((await reported).string()).toBe('welcome');
    world.nc.publish(`${root}.worker.${own.id}.s1.assign`, 'a task');
    for await (const msg of assigned) expect(msg.string()).toBe('a task');
    for (const subject of [`${root}.worker.*.*.assign`, `${root}.worker.other.s1.assign`, `${root}.events.>`])
      expect(await refusalOf(worker, () => worker.subscribe(subject))).toContain('Permissions Violation');
    for (const subject of ['report', 'report.other', 'output.other.t1', `output.${own.id}.t1.more`].map(
      inCell,
    ))
      expect(await refusalOf(worker, () => worker.publish(subject))).toContain('Permissions Violation');
    await expect(jetstreamManager(worker)).rejects.toThrow();
  });
});
