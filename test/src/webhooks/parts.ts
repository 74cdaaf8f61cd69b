import type { JournalledEvent, SubmitReply, TaskEventName, TaskView } from '@precedent/contract-types';
import { onAbort, sequenceText } from '@precedent/kernel';
import type {
  OperationCall,
  OperationCalls,
  StoredWebhook,
  StreamedEvent,
  TaskEvents,
  TaskEventsRequest,
} from '@precedent/ports';
import { textSeal } from '@precedent/ports';

export const FROM = sequenceText(1, 0);
export const SEAL = textSeal('a secret of more than 32 characters', 'webhook');

export const storedWebhook = (extra: Partial<StoredWebhook> = {}): StoredWebhook => ({
  id: 'w',
  namespace: 'acme',
  url: 'https://a.example/hook',
  events: ['completed', 'failed'],
  enabled: true,
  createdAt: 1,
  updatedAt: 1,
  secrets: [],
  from: FROM,
  ...extra,
});

/** The event number `n`, from 2, of the task `t<n>`. */
export const anEvent = (n: number, extra: Partial<JournalledEvent> = {}): JournalledEvent => ({
  id: `t${n}`,
  namespace: 'acme',
  project: 'web',
  type: 'work',
  band: 'low',
  event: 'completed' satisfies TaskEventName,
  at: n,
  attempt: 1,
  epoch: 1,
  sequence: sequenceText(n, 0),
  ...extra,
});

/** Streams of events that a test writes. Every stream gives what follows its beginning, and waits for more. */
export const scriptedEvents = () => {
  const items: StreamedEvent[] = [];
  const requests: TaskEventsRequest[] = [];
  let more = Promise.withResolvers<void>();
  const events: TaskEvents = {
    events: async function* (request) {
      requests.push(request);
      const { after = FROM, signal } = request;
      const aborted = new Promise<void>((resolve) => void onAbort(signal, resolve));
      yield { kind: 'position', at: after };
      for (let at = 0; !signal.aborted;) {
        const item = items[at];
        if (item === undefined) await Promise.race([more.promise, aborted]);
        else {
          at++;
          if (placeOf(item) > after) yield item;
        }
      }
    },
  };
  return {
    events,
    requests,
    add: (...added: readonly (StreamedEvent | JournalledEvent)[]) => {
      items.push(...added.map((one) => ('kind' in one ? one : { kind: 'event' as const, event: one })));
      more.resolve();
      more = Promise.withResolvers();
    },
  };
};

const placeOf = (item: StreamedEvent): string => {
  if (item.kind === 'event') return item.event.sequence;
  return item.kind === 'gap' ? item.to : item.at;
};

interface Submitted {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An engine that only remembers what was submitted. */
export const scriptedEngine = () => {
  const submitted: Submitted[] = [];
  const retries = new Map<string, number>();
  const settled = new Set<string>();
  let failures = 0;
  const submit = (tasks: readonly Submitted[]): SubmitReply[] =>
    tasks.map((task) => {
      const isKnown = submitted.some(({ id }) => id === task.id);
      if (!isKnown) submitted.push(task);
      return { id: task.id, seq: 1, ...(isKnown && { duplicate: true }) };
    });
  const list = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) => ({
    tasks: submitted
      .filter(({ id, labels: { webhook } }) => webhook === labels['webhook'] && !settled.has(id))
      .map(({ id }): Partial<TaskView> => ({ id, retries: retries.get(id) ?? 0 })),
    truncated: false,
  });
  const calls: OperationCalls = {
    call: async ({ group, request }: OperationCall) => {
      if (failures > 0 && failures--) throw new Error('the engine is away');
      return group === 'submit' ? submit(request as readonly Submitted[]) : list(request as never);
    },
  };
  return {
    calls,
    submitted,
    ids: () => submitted.map(({ id }) => id),
    settle: (id: string) => void settled.add(id),
    fail: (id: string) => void retries.set(id, 1),
    failNext: (times: number) => void (failures = times),
  };
};
