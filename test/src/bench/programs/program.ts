/** The other end of `program-process.ts`: the messages that a program sends and receives. */
export interface Cues {
  /** Everything is prepared: the measurement may begin. */
  readonly ready: () => void;
  /** Resolves when it does. */
  readonly go: Promise<void>;
  /** Resolves when this program should end. */
  readonly stop: Promise<void>;
}

/** Runs a program of its own process: `body` gets its parameters, and what it resolves to is its result. */
export const program = (body: (params: never, cues: Cues) => Promise<unknown>): void => {
  const go = Promise.withResolvers<void>();
  const stop = Promise.withResolvers<void>();
  process.on('message', (message) => {
    const { cue } = message as { readonly cue: 'go' | 'stop' };
    (cue === 'go' ? go : stop).resolve();
  });
  // The benchmark that started this program is gone: the result is not needed.
  process.once('disconnect', () => process.exit(1));
  const cues = { ready: () => void send({ kind: 'ready' }), go: go.promise, stop: stop.promise };
  body(JSON.parse(process.argv[2] ?? '{}') as never, cues).then(
    (value) => end({ kind: 'result', value }),
    (error: unknown) =>
      end({ kind: 'failed', message: error instanceof Error ? (error.stack ?? '') : String(error) }),
  );
};

const send = async (message: object): Promise<void> => {
  const sent = Promise.withResolvers<void>();
  process.send?.(message, undefined, undefined, () => sent.resolve());
  await sent.promise;
};

const end = (message: object): void => {
  process.removeAllListeners('disconnect');
  void send(message).then(() => process.exit(0));
};
