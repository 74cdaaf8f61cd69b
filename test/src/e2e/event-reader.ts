/** One frame of a stream of server-sent events. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

export interface StreamAddress {
  readonly url: string;
  readonly key: string;
  readonly lastEventId?: string | undefined;
}

/** The frames of a stream until it ends; a connection that breaks is an end. Throws an `Error` with the status of a refusal. */
export const framesOf = async function* ({ url, key, lastEventId }: StreamAddress): AsyncGenerator<Frame> {
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${key}`,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  let text = '';
  try {
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      yield* frames.map(frameOf);
    }
  } catch {
    // The other end was killed.
  }
};

const frameOf = (text: string): Frame =>
  Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Frame;
