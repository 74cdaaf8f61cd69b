import { cutText, trimEndOf } from '@precedent/kernel';
import type { AttemptFacts } from '../facts.ts';
import { plainText } from '../fingerprint/scrub.ts';
import { isStackLine } from '../fingerprint/stack.ts';
import { tellingAmong, weighedLines } from '../output/telling-lines.ts';
import type { TellingLine } from '../output/telling-lines.ts';
import { singleLine } from '../text/words.ts';

/** What a failed attempt has said, for its documents. Redacted, as its facts are. */
export interface FailureLines {
  /** The message and the few most telling lines, without what differs from run to run. */
  readonly summary: string;
  /** More lines of the same, for what the summary leaves out. */
  readonly window: string;
  /** The telling lines as they were printed, in their order. */
  readonly lines: readonly string[];
}

/** Lines and characters of a summary, of a window and of the lines that are stored. */
const SUMMARY = { lines: 4, chars: 500 };
const WINDOW = { lines: 40, chars: 1_200 };
const STORED = { lines: 32, chars: 3_000 };
/** Lines of less weight explain nothing. */
const WINDOW_WEIGHT = -2;

/** What the message of a command says in any case; its output says why. */
const GENERIC = /^command (?:exited with code \d+|was killed by \w+)(?:: |$)/;

export const failureLinesOf = ({ error, output = '' }: AttemptFacts): FailureLines => {
  const said = weighedLines([error?.stack ?? '', output].join('\n'));
  const whole = messageOf(error?.message ?? '');
  const specific = said.length > 0 ? whole.replace(GENERIC, '') : whole;
  // `TypeError: import failed` says more than `import failed`.
  const isRepeated = tellingAmong(said).some((line) => line.message.includes(specific));
  const message = isRepeated ? '' : specific;
  const weighed = said.filter((line) => !message.includes(line.message));
  const head = plainText(message);
  return {
    summary: joined(head, chosen(tellingAmong(weighed), SUMMARY)),
    window: joined(
      head,
      chosen(
        weighed.filter(({ weight }) => weight > WINDOW_WEIGHT),
        WINDOW,
      ),
    ),
    lines: [...(message === '' ? [] : [message]), ...chosen(weighed, STORED).map(({ raw }) => raw.trim())],
  };
};

const MESSAGE_LINES = 4;

const messageOf = (message: string): string => {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !isStackLine(line));
  return singleLine(lines.slice(0, MESSAGE_LINES).join(' '));
};

interface Bounds {
  readonly lines: number;
  readonly chars: number;
}

/** The lines of the most weight that fit, in their order; at least one. */
const chosen = (weighed: readonly TellingLine[], { lines, chars }: Bounds): readonly TellingLine[] => {
  let left = chars;
  const some: TellingLine[] = [];
  for (const line of weighed.toSorted((a, b) => b.weight - a.weight)) {
    if (some.length >= lines) break;
    if (some.length > 0 && line.message.length > left) continue;
    left -= line.message.length;
    some.push(line);
  }
  return some.toSorted((a, b) => a.at - b.at);
};

const LINE_CHARS = 300;

const joined = (head: string, lines: readonly TellingLine[]): string => {
  const texts = lines.map(({ message }) => plainText(cutText(message, LINE_CHARS)));
  const distinct = [...new Set([head, ...texts])].map((text) => trimEndOf(text.trim(), '.; '));
  return distinct.filter((text) => /\p{L}{2}/u.test(text)).join('; ');
};
