/** `npm run demo`: runs a mixed load on the real programs, and checks the claims of the documentation. */
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import { formatDuration } from '@precedent/kernel';
import { onStopSignals } from '@precedent/processes';
import { judge } from '../crash/checker.ts';
import { readJournal } from '../crash/journal-reader.ts';
import { ROOT, processesWith } from '../e2e/programs.ts';
import type { Claim } from './claims.ts';
import { claimsOf } from './claims.ts';
import { startEndpoint } from './endpoint.ts';
import { BAD_DROP, TO_CANCEL, planLoad, urgentTask } from './load.ts';
import type { PlannedTask } from './load.ts';
import { showProgress } from './progress.ts';
import { reportText } from './report.ts';
import type { Outcome } from './report.ts';
import type { Stack } from './stack.ts';
import { startStack } from './stack.ts';
import { Timelines } from './timelines.ts';

const URGENT_EVERY_MS = 100;
const URGENT_MAX = 60;
const TASKS_WITHIN_MS = 100_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Submits what was planned and resolves when all of it has its verdict. */
const runLoad = async (client: Client, url: string, timelines: Timelines): Promise<PlannedTask[]> => {
  const planned = planLoad({ root: ROOT, url });
  const progress = showProgress(timelines, () => planned.length);
  const outcomes = await client.submitMany(planned.map(({ spec }) => spec));
  const refused = outcomes.filter((outcome) => 'error' in outcome);
  if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused[0])}`);
  await client.link.request(client.subjects.drop('normal'), BAD_DROP.text);
  const cancelling = cancelOne(client, timelines);
  planned.push(...(await submitUrgent(client, timelines, planned.length)));
  await cancelling;
  await Promise.all(planned.map(({ spec }) => client.wait(spec.id, { timeoutMs: TASKS_WITHIN_MS })));
  progress.end();
  return planned;
};

const cancelOne = async (client: Client, timelines: Timelines): Promise<void> => {
  await timelines.started(TO_CANCEL);
  await client.cancel(TO_CANCEL, 'the demo has seen enough');
};

/** While the patient tasks wait, urgent ones come in again and again. */
const submitUrgent = async (client: Client, timelines: Timelines, others: number): Promise<PlannedTask[]> => {
  const urgent: PlannedTask[] = [];
  while (urgent.length < URGENT_MAX && timelines.settled < others - URGENT_MAX) {
    const task = urgentTask(urgent.length + 1);
    urgent.push(task);
    await client.submit(task.spec);
    await delay(URGENT_EVERY_MS);
  }
  return urgent;
};

const gather = async (client: Client, timelines: Timelines, planned: PlannedTask[]): Promise<Outcome[]> =>
  Promise.all(
    planned.map(async ({ spec }) => ({
      view: await client.get(spec.id),
      timeline: timelines.byId.get(spec.id),
    })),
  );

interface Findings {
  readonly claims: readonly Claim[];
  readonly tasks: number;
}

const play = async (stack: Stack, url: string): Promise<Findings> => {
  const client = await connect({ servers: stack.url });
  const timelines = new Timelines();
  const watch = client.watch({ project: 'demo' });
  const following = timelines.follow(watch);
  try {
    const planned = await runLoad(client, url, timelines);
    const outcomes = await gather(client, timelines, planned);
    say(`\n${reportText(outcomes)}\n`);
    const ids = [...planned.map(({ spec }) => spec.id), BAD_DROP.id];
    const judgement = judge(await readJournal(client), { acknowledged: ids, sent: new Set(ids) });
    const rejected = await client.get(BAD_DROP.id);
    const claims = [
      ...claimsOf({ planned, outcomes, judgement }),
      {
        claim: 'a dropped task that cannot be read is kept, with the reason',
        against: rejected.state === 'rejected' ? [] : [`${BAD_DROP.id} is ${rejected.state}`],
      },
    ];
    return { claims, tasks: judgement.settled };
  } finally {
    watch.close();
    await following;
    await client.close();
  }
};

/** Looks behind itself, after everything has been stopped. */
const leftovers = (stack: Stack, code: number | null, before: readonly string[]): Claim => {
  const processes = processesWith(stack.mark).map(({ pid, command }) => `process ${pid} is left: ${command}`);
  stack.remove();
  return {
    claim: 'everything stopped in good order; no process and no file is left',
    against: [
      ...(code === 0 ? [] : [`precedent up ended with ${code}`]),
      ...processes,
      ...(existsSync(stack.folder) ? [`${stack.folder} is left`] : []),
      ...readdirSync(ROOT)
        .filter((name) => !before.includes(name))
        .map((name) => `${name} is left in the repository`),
    ],
  };
};

const run = async (): Promise<number> => {
  const begun = performance.now();
  const before = readdirSync(ROOT);
  say('starting a NATS server, the engine and a worker');
  const [endpoint, stack] = await Promise.all([startEndpoint(), startStack()]);
  const unlisten = onStopSignals({
    stop: () => void stack.stop().then(() => process.exit(130)),
    force: () => process.exit(130),
  });
  try {
    const { claims, tasks } = await play(stack, endpoint.url);
    const last = leftovers(stack, await stack.stop(), before);
    const all = [...claims, last];
    for (const { claim, against } of all) {
      say(`${against.length === 0 ? 'ok  ' : 'FAIL'}  ${claim}`);
      for (const fact of against.slice(0, 10)) say(`        ${fact}`);
    }
    const failed = all.filter(({ against }) => against.length > 0).length;
    say(
      `\n${tasks} tasks in ${formatDuration(performance.now() - begun)}; ${all.length - failed} of ${all.length} claims hold`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    unlisten();
    stack.remove();
    await endpoint.close();
  }
};

process.exitCode = await run().catch((error: unknown) => {
  process.stderr.write(`the demo failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
});
