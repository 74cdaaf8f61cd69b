import type { Guest, GuestListener, LaunchGuest } from '../worker/isolation/launch.ts';
import type { IsolatedHandler } from '../worker/isolation/isolated-handler.ts';
import type { HostMessage } from '../worker/isolation/protocol.ts';

/** A guest written by hand: shows what it was sent, and says what the test lets it say. */
export interface ScriptedGuest extends GuestListener {
  readonly posted: HostMessage[];
  isTerminated: boolean;
  /** Loads its module. */
  readonly load: () => void;
}

export interface ScriptedGuests {
  readonly handler: (over?: Partial<IsolatedHandler>) => IsolatedHandler;
  /** In the order of their starts. */
  readonly all: ScriptedGuest[];
}

/** `hangs`: a terminated guest does not end by itself. */
export const scriptedGuests = ({ hangs = false } = {}): ScriptedGuests => {
  const all: ScriptedGuest[] = [];
  const launch: LaunchGuest = (_, listener): Guest => {
    const guest: ScriptedGuest = {
      ...listener,
      posted: [],
      isTerminated: false,
      load: () => listener.received({ kind: 'loaded' }),
    };
    all.push(guest);
    return {
      post: (message) => void guest.posted.push(message),
      terminate: () => {
        guest.isTerminated = true;
        if (hangs) return new Promise(() => undefined);
        listener.ended({ exitCode: 1 });
        return Promise.resolve();
      },
    };
  };
  const source = { module: 'file:///encode.js', export: 'encode' };
  const handler = { kind: 'thread', source, memoryMb: undefined, warm: 1, launch } as const;
  return { all, handler: (over = {}) => ({ ...handler, ...over }) };
};
