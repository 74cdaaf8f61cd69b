export interface TimedSending {
  /** Of the time that is measured. */
  readonly answers: number;
  /** Those of the warm-up too. */
  readonly all: number;
  readonly ms: number;
  /** Of each answer, in milliseconds. */
  readonly times: readonly number[];
}

/** Milliseconds: first until the code is warm, then measured. */
interface SendingTimes {
  readonly warmUpMs: number;
  readonly ms: number;
}

/** Has every sender send on and on, each as soon as its last request was answered, and measures it. Rejects at once when a sender does. */
export const timedSending = async (
  senders: readonly (() => Promise<unknown>)[],
  { warmUpMs, ms }: SendingTimes,
): Promise<TimedSending> => {
  let [isOver, all] = [false, 0];
  let times: number[] = [];
  const sendOnAndOn = async (send: () => Promise<unknown>): Promise<void> => {
    while (!isOver) {
      const at = performance.now();
      await send();
      times.push(performance.now() - at);
      all++;
    }
  };
  const sending = Promise.all(senders.map(sendOnAndOn));
  await passed(warmUpMs, sending);
  times = [];
  const startedAt = performance.now();
  await passed(ms, sending);
  const result = { answers: times.length, all, ms: performance.now() - startedAt, times: [...times] };
  isOver = true;
  await sending;
  return result;
};

/** Resolves after `ms`; rejects at once when `sending` does. */
const passed = (ms: number, sending: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    sending.catch(reject);
  });
