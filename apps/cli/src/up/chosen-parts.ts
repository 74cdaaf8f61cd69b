import type { Config } from '@precedent/config';
import { UsageError } from '../usage-error.ts';

/** The parts of `up` that can be chosen. Qdrant comes with the vectorizer. */
export const UP_PARTS = ['nats', 'engine', 'history', 'worker', 'vectorizer', 'gateway'] as const;

export type UpPart = (typeof UP_PARTS)[number];

export interface PartFlags {
  readonly only?: readonly string[];
  readonly nats?: boolean;
  readonly engine?: boolean;
  readonly history?: boolean;
  readonly worker?: boolean;
  readonly vectorizer?: boolean;
  readonly gateway?: boolean;
  readonly url?: string;
  readonly natsUrl?: string;
  readonly port?: number;
  readonly slots?: number;
  readonly files?: readonly string[];
}

const refused = (message: string): UsageError => new UsageError(message);

/**
 * The parts to start: those of `--only`, or all but those that a `--no-` flag or the configuration leaves out, and no NATS server where
 * a running one is named. Throws a UsageError for flags that contradict each other or the configuration, with both their names.
 */
export const chosenParts = (flags: PartFlags, config: Config): ReadonlySet<UpPart> => {
  const parts = flags.only === undefined ? allBut(flags, config) : only(flags.only, flags, config);
  checkServer(flags, config, parts);
  checkWorker(flags, parts);
  return parts;
};

const allBut = (flags: PartFlags, config: Config): ReadonlySet<UpPart> => {
  const enabled: Partial<Record<UpPart, boolean>> = {
    nats: config.nats.url === '',
    history: config.history.enabled,
    vectorizer: config.vectorizer.enabled,
    gateway: config.gateway.enabled,
  };
  const isChosen = (part: UpPart): boolean => flags[part] !== false && enabled[part] !== false;
  return new Set(UP_PARTS.filter(isChosen));
};

const only = (names: readonly string[], flags: PartFlags, config: Config): ReadonlySet<UpPart> => {
  const left = UP_PARTS.find((part) => flags[part] === false);
  if (left !== undefined)
    throw refused(`--only and --no-${left} contradict each other: leave one of the two out`);
  const unknown = names.find((name) => !UP_PARTS.some((part) => part === name));
  if (unknown !== undefined || names.length === 0)
    throw refused(`--only is "${unknown ?? ''}"; some of ${UP_PARTS.join(', ')} are expected`);
  if (names.includes('nats') && config.nats.url !== '')
    throw refused(
      `--only nats and ${urlName(flags, config)} contradict each other: leave one of the two out`,
    );
  return new Set(UP_PARTS.filter((part) => names.includes(part)));
};

/** What names the running server: a flag, a variable, or a line of the configuration file. */
const urlName = ({ natsUrl }: PartFlags, { origins }: Config): string => {
  const origin = origins['nats.url'] ?? 'nats.url';
  if (origin === 'flag') return natsUrl === undefined ? '--url' : '--nats-url';
  return origin.replace(/^env /, '');
};

const checkServer = (flags: PartFlags, config: Config, parts: ReadonlySet<UpPart>): void => {
  const { url, natsUrl, port, nats } = flags;
  if (url !== undefined && natsUrl !== undefined && url !== natsUrl)
    throw refused(`--url ${url} and --nats-url ${natsUrl} contradict each other: leave one of the two out`);
  if (port !== undefined && config.nats.url !== '')
    throw refused(
      `--port is for a server of our own, and ${urlName(flags, config)} names a running one: leave one of the two out`,
    );
  if (port !== undefined && !parts.has('nats'))
    throw refused('--port is for a server of our own, and none is started: name a running one with --url');
  if (nats === false && config.nats.url === '')
    throw refused('--no-nats was given without a URL: name a running server with --url');
};

const checkWorker = ({ slots, files }: PartFlags, parts: ReadonlySet<UpPart>): void => {
  if (parts.has('worker')) return;
  const flag = slots === undefined ? (files === undefined ? undefined : '--files') : '--slots';
  if (flag !== undefined)
    throw refused(`${flag} is for the worker, and none is started: leave one of the two out`);
};
