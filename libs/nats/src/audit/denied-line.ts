import { cutText } from '@precedent/kernel';

/** A publish or a subscription that the NATS server denied, as a line of its log has it. */
export interface DeniedAccess {
  readonly operation: 'publish' | 'subscribe';
  /** The user, as which the server knows the connection: the id of a credential. `undefined`: the line has another form. */
  readonly credential: string | undefined;
  /** The address that the connection came from. */
  readonly host: string;
  /** As the server quotes it, without control characters; cut. */
  readonly subject: string;
  /** Of denials that were counted: how many there were. The other fields are those of the first of them. */
  readonly count?: number;
}

/** `[7] 2026/11/30 21:16:05.827855 [ERR] 10.0.0.1:32828 - cid:16 - <client> - "<account>/user:<name>" - Publish Violation - Subject "<subject>"` */
const LINE = /^\[\d+\] \S+ \S+ \[ERR\] (\S+) - \w+:\d+ - (.*)\b(Publish|Subscription) Violation - (.*)$/;
/** What the client calls itself is before this, and may look like it; no subject has a blank, so that the last one is the server's. */
const USER = /"[^"/]*\/[a-z]+:([^"]*)" - $/;
const SUBJECT = /^(?:Subject|Reply) "((?:[^"\\]|\\.)*)/;

const SUBJECT_CHARS = 200;

/** What a line of the log says that was denied; `undefined` for any other line. */
export const deniedIn = (line: string): DeniedAccess | undefined => {
  const [, address, before, kind, rest] = LINE.exec(line) ?? [];
  if (address === undefined || before === undefined || rest === undefined) return undefined;
  return {
    operation: kind === 'Publish' ? 'publish' : 'subscribe',
    credential: USER.exec(before)?.[1],
    host: address.replace(/:\d+$/, ''),
    subject: cutText(SUBJECT.exec(rest)?.[1] ?? rest, SUBJECT_CHARS),
  };
};
