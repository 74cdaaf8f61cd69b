import { nearest } from '@precedent/kernel';
import { KEYS, adviceOn, envNameOf } from './keys.ts';
import type { RawLayer, RawValue } from './raw.ts';

/** Names that are no keys: the programs themselves read or set them. */
const PROGRAM_NAMES = /^PRECEDENT_(CONFIG|SETTINGS|DEBUG|NOHUP|ATTEMPT|EPOCH|RUN|TASK_[A-Z_]+|TEST_\w+)$/;

/** Kubernetes sets these in every pod next to a service whose name begins with `precedent`. */
const isServiceLink = (name: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP)(_\w+)?$/.test(name) || /^(tcp|udp):\/\//.test(value);

const byEnv = new Map(KEYS.map((one) => [one.env, one.key]));

/** Whether a variable sets a key: it may hold a credential, or a URL with one. */
export const isSettingName = (name: string): boolean => byEnv.has(name);

/** The keys that PRECEDENT_* variables set. An empty variable counts as not set; an unknown one is a mistake. */
export const readEnvironment = (env: Readonly<Record<string, string | undefined>>): RawLayer => {
  const values = new Map<string, RawValue>();
  const issues = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('PRECEDENT_') || PROGRAM_NAMES.test(name) || isServiceLink(name, value)) continue;
    const key = byEnv.get(name);
    if (key === undefined) {
      const advice = adviceOn(name, nearest(name, [...byEnv.keys()]), envNameOf);
      issues.push({ field: name, message: `no such variable${advice}` });
    } else if (value !== '') values.set(key, { value, origin: `env ${name}` });
  }
  return { values, issues };
};
