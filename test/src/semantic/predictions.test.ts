import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client, TaskEvent, TaskSpec, TaskWarning } from '@precedent/client';
import type { WhyView } from '@precedent/contract-types';
import { endClis, runCli } from '../e2e/cli.ts';
import { crash } from '../e2e/programs.ts';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';
import { emptyWorld } from '../e2e/world.ts';

let qdrant: TestQdrant;
beforeAll(async () => {
  qdrant = await startQdrant();
});
afterAll(async () => {
  endClis();
  await qdrant[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 30_000, interval: 200 };
/** Eight of each are enough for a prediction. */
const EIGHT = Array.from({ length: 8 });
const resize: TaskSpec = { name: 'resize pictures', band: 'low', command: 'sleep', args: ['4'] };
const broken: TaskSpec = { name: 'nightly export', command: 'exit 7', retry: { max: 0 } };

const submitted = async (client: Client, spec: TaskSpec): Promise<string> => (await client.submit(spec)).id;

const allOver = async (client: Client, specs: readonly TaskSpec[]): Promise<void> => {
  for (const outcome of await client.submitMany(specs)) if ('id' in outcome) await client.wait(outcome.id);
};

const indexed = async (client: Client): Promise<void> => {
  for (;;) {
    const status = await client.search.status().catch(() => undefined);
    if (status && status.freshness.seq > 0 && status.freshness.seq === status.freshness.lastSeq) return;
  }
};

type Subscription = ReturnType<Client['link']['subscribe']>;

/** Resolves when the vectorizer has published a prediction for this task. */
const predictionOf = async (predictions: Subscription, id: string): Promise<void> => {
  for await (const message of predictions) if (message.string().includes(id)) return;
};

/** Repeats the request until the condition holds for its answer. */
const whyUntil = async (client: Client, id: string, holds: (why: WhyView) => boolean): Promise<WhyView> => {
  for (;;) {
    const why = await client.why(id);
    if (holds(why)) return why;
  }
};

describe('predictions from earlier runs', () => {
  // Once more where the machine was so busy that the low task ran longer than predicted, and was preempted after all.
  it(
    'reach the engine, which shows when tasks start and end, lets an urgent task wait, and warns',
    { retry: 1 },
    async () => {
      await using world = await emptyWorld({ settings: { PRECEDENT_VECTORIZER_URL: qdrant.url } });
      const engine = await world.startEngine();
      await world.startVectorizer();
      const { client } = world;
      const wide = await world.startWorker({ PRECEDENT_EXECUTION_MAX_CONCURRENT: '8' });
      await allOver(
        client,
        EIGHT.flatMap(() => [broken]),
      );
      await allOver(
        client,
        EIGHT.flatMap(() => [resize]),
      );
      await indexed(client);
      await wide.stop({ stopMs: 5_000, forceMs: 2_000 });
      const narrow = await world.startWorker({ PRECEDENT_EXECUTION_MAX_CONCURRENT: '1' });

      const warned = client.link.subscribe(client.subjects.events('default.default.command.warned'), {
        max: 1,
      });
      const predictions = client.link.subscribe(client.subjects.predictions('main'));
      const low = await submitted(client, resize);
      const next = await submitted(client, resize);
      await predictionOf(predictions, next);
      const running = await whyUntil(client, low, ({ endsInMs }) => endsInMs !== undefined);
      expect(running.duration?.support).toBe(8);
      expect(running.duration?.p50).toBeGreaterThan(3_900);
      const waiting = await whyUntil(client, next, ({ startsInMs }) => startsInMs?.basis === 'predictions');
      expect(waiting.startsInMs).toMatchObject({ support: 8 });
      expect(waiting.startsInMs?.latest).toBeLessThan(8_000);

      // It would save less than the second that is lost with the other one.
      const urgent = await submitted(client, {
        command: 'true',
        band: 'high',
        preemption: { preemptAfter: '1200ms' },
      });
      const doubtful = await submitted(client, broken);
      for await (const message of warned) {
        const event = message.json<TaskEvent & { readonly warnings: readonly TaskWarning[] }>();
        expect(event).toMatchObject({ id: doubtful, event: 'warned', type: 'command' });
        expect(event.warnings).toMatchObject([{ reason: 'likely_to_fail', odds: 1, support: 8 }]);
        expect(message.headers?.get('ce-type')).toBe('precedent.task.warned.v1');
      }
      const argv = ['submit', '-u', world.nats.url, '--name', 'nightly export', '--', 'exit 7'];
      // The command waits 300 ms for a prediction, which is too short now and then while the machine is busy.
      await vi.waitFor(async () => {
        const { stderr } = await runCli(argv, { cwd: world.folder });
        expect(stderr).toMatch(/^warning: likely to fail: 100 % of \d+ similar tasks failed/);
      }, PATIENCE);

      await client.wait(urgent);
      const decisions = await client.decisions({ task: urgent });
      const [last] = decisions;
      expect(decisions.flatMap(({ victims }) => victims)).toEqual([]);
      expect(last?.record).toMatchObject({ decision: { natural: { support: 8 } } });
      expect(await client.wait(low)).toMatchObject({ state: 'completed', attempt: 1 });
      expect(await client.get(low)).not.toHaveProperty('preemptions');

      // A new engine gets the predictions of its predecessor, also for a task without new events.
      await crash(narrow);
      const still = await submitted(client, resize);
      await whyUntil(client, still, ({ duration }) => duration !== undefined);
      await crash(engine);
      await world.startEngine();
      const again = await whyUntil(client, still, ({ duration }) => duration !== undefined);
      expect(again.duration?.support).toBeGreaterThanOrEqual(8);
    },
  );
});
