import { policyOver, policyProblems } from '@precedent/config';
import { AppError, BANDS, nearest, ownValue, rankOf, messageOf } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import type { AgingMs, Policy } from '@precedent/scheduling';
import { expectedTasks } from '@precedent/simulator';
import type {
  Arrivals,
  GeneratedLoad,
  RecordedLoad,
  RunTime,
  Scenario,
  Variant,
  WorkerGroup,
} from '@precedent/simulator';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { SCENARIO_LIMITS, scenarioSchema } from './simulate-schema.ts';
import type { WrittenLoad, WrittenScenario, WrittenVariant } from './simulate-schema.ts';

/** What a scenario rests on that is not in its file. */
export interface ScenarioContext {
  /** As it is shown, and the scenario's name where the file names none. */
  readonly name: string;
  /** The cell's own: a policy of the file says what it does otherwise. */
  readonly policy: Policy;
  readonly seed?: number | undefined;
  /** Adds the policy `off`, without preemption, where there is none. */
  readonly withOff?: boolean | undefined;
  /** In place of the loads of the file. */
  readonly recorded?: RecordedLoad | undefined;
}

/** The scenario that a YAML text describes. Throws INVALID_REQUEST with every problem at once. */
export const scenarioOf = (text: string, context: ScenarioContext): Scenario => {
  const written = parsed(text, context.name);
  const { success, data, error } = scenarioSchema.safeParse(written);
  if (!success) throw invalid(context.name, error.issues.flatMap(issuesOf));
  const scenario = compiled(data, context);
  const issues = crossIssues(scenario, data);
  if (issues.length > 0) throw invalid(context.name, issues);
  return scenario;
};

const parsed = (text: string, name: string): unknown => {
  if (text.length > SCENARIO_LIMITS.fileBytes) {
    const message = `the scenario has ${text.length} of ${SCENARIO_LIMITS.fileBytes} characters`;
    throw new AppError('INVALID_REQUEST', message);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const issues = document.errors.map(({ pos, message }) => ({
    field: `${name}:${lines.linePos(pos[0]).line}`,
    message: message.toLowerCase(),
  }));
  if (issues.length > 0) throw invalid(name, issues);
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(name, [{ field: name, message: messageOf(error) }]);
  }
};

const invalid = (name: string, issues: readonly Issue[]): AppError => {
  const count = `${issues.length} ${issues.length === 1 ? 'problem' : 'problems'}`;
  return new AppError('INVALID_REQUEST', `scenario ${name} has ${count}`, { issues });
};

/** Zod reports unknown keys together; here each is an issue of its own, because most are misspelt. */
const issuesOf = (issue: z.core.$ZodIssue): Issue[] => {
  const field = issue.path.join('.') || 'scenario';
  if (issue.code !== 'unrecognized_keys') {
    return [{ field, message: issue.message.replace(/^Invalid (input|option): /, '') }];
  }
  const known = keysAt(scenarioSchema, issue.path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${near}?`;
    return { field: [...issue.path, key].join('.'), message: `no such key${hint}` };
  });
};

/** The keys that an object may have at a place of the scenario. */
const keysAt = (schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return keysAt(schema.unwrap(), path);
  if (schema instanceof z.ZodDiscriminatedUnion)
    return [...new Set(schema.options.flatMap((option) => keysAt(option, path)))];
  const [next, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
    const inner = next === undefined ? undefined : ownValue(shape, String(next));
    return next === undefined ? Object.keys(shape) : inner === undefined ? [] : keysAt(inner, rest);
  }
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  return schema instanceof z.ZodRecord ? keysAt(schema.valueType, rest) : [];
};

const compiled = (written: WrittenScenario, context: ScenarioContext): Scenario => {
  const { duration, drain = duration, faults } = written;
  const { recorded } = context;
  return {
    name: written.name ?? context.name,
    durationMs: recorded ? Math.max(recorded.spanMs + 1, 1) : duration,
    drainMs: drain,
    seed: context.seed ?? written.seed,
    workers: written.workers ?? recorded?.workers ?? [],
    loads: recorded ? [] : written.loads.map((load) => loadOf(load, duration)),
    recorded: recorded?.tasks ?? [],
    faults: {
      crashesPerHour: faults.crashesPerHour,
      restartMs: faults.restart,
      failureRate: faults.failureRate,
      lostMessages: faults.lostMessages,
    },
    variants: variantsOf(written, context),
  };
};

const loadOf = (load: WrittenLoad, durationMs: number): GeneratedLoad => {
  const { name, band, checkpoint, type = name, pool, resources, timeouts, retry, preemption } = load;
  return {
    name,
    task: { band, type, pool, resources, timeouts, retry, preemption },
    fromMs: load.from,
    untilMs: load.until ?? durationMs,
    arrivals: arrivalsOf(load.arrivals),
    run: runOf(load.run),
    stopMs: load.stop,
    suspendable: load.suspendable,
    ...(checkpoint && {
      checkpoint: { everyMs: checkpoint.every, saveMs: checkpoint.save, restoreMs: checkpoint.restore },
    }),
  };
};

const arrivalsOf = (arrivals: WrittenLoad['arrivals']): Arrivals =>
  arrivals.kind === 'burst'
    ? { kind: 'burst', size: arrivals.size, everyMs: arrivals.every }
    : { kind: arrivals.kind, rate: arrivals.rate };

const runOf = (run: WrittenLoad['run']): RunTime => {
  switch (run.kind) {
    case 'fixed':
      return { kind: run.kind, ms: run.time };
    case 'exponential':
      return { kind: run.kind, meanMs: run.mean };
    case 'lognormal':
      return { kind: run.kind, medianMs: run.median, sigma: run.sigma };
    case 'uniform':
      return { kind: run.kind, minMs: run.min, maxMs: run.max };
  }
};

const variantsOf = ({ policies }: WrittenScenario, { policy, withOff }: ScenarioContext): Variant[] => {
  const variants = Object.entries(policies).map(([name, variant]) => variantOf(name, variant, policy));
  const isThere = variants.some(({ preemption }) => preemption === undefined);
  return withOff === true && !isThere ? [...variants, { name: 'off', aging: policy.aging }] : variants;
};

const variantOf = (name: string, variant: WrittenVariant, policy: Policy): Variant => {
  const aging = agingOver(policy.aging, variant.aging ?? {});
  return {
    name,
    aging,
    ...(variant.preemption === 'on' && { preemption: policyOver({ ...policy, aging }, variant) }),
    ...(variant.slots !== undefined && { slots: variant.slots }),
  };
};

const agingOver = (aging: AgingMs, written: NonNullable<WrittenVariant['aging']>): AgingMs => {
  const [low, normal, high, critical] = BANDS.map((band) => written[band] ?? aging[rankOf(band)]);
  return [low ?? 0, normal ?? 0, high ?? 0, critical ?? 0];
};

/** What no single key can know. */
const crossIssues = (scenario: Scenario, written: WrittenScenario): Issue[] => [
  ...repeatedNames('workers', scenario.workers),
  ...repeatedNames('loads', scenario.loads),
  ...sizeIssues(scenario),
  ...scenario.loads.flatMap(loadIssues),
  ...policyCountIssues(scenario.variants),
  ...scenario.variants.flatMap(({ name, preemption }) => ruleIssues(name, preemption)),
  ...(written.workers === undefined && scenario.workers.length === 0
    ? [{ field: 'workers', message: 'a scenario needs workers' }]
    : []),
  ...(scenario.loads.length + scenario.recorded.length === 0
    ? [{ field: 'loads', message: 'a scenario needs at least one load' }]
    : []),
];

const ruleIssues = (name: string, policy: Variant['preemption']): Issue[] =>
  policy === undefined
    ? []
    : policyProblems(policy).map(({ field, message }) => ({ field: `policies.${name}.${field}`, message }));

const policyCountIssues = ({ length }: readonly Variant[]): Issue[] => {
  if (length >= 1 && length <= SCENARIO_LIMITS.policies) return [];
  return [{ field: 'policies', message: `1 to ${SCENARIO_LIMITS.policies} policies; there are ${length}` }];
};

const repeatedNames = (field: string, list: readonly { readonly name: string }[]): Issue[] =>
  list.flatMap(({ name }, index) =>
    list.findIndex((other) => other.name === name) === index
      ? []
      : [{ field: `${field}.${index}.name`, message: `${name} is the name of another one too` }],
  );

const loadIssues = ({ fromMs, untilMs, run }: GeneratedLoad, index: number): Issue[] => [
  ...(fromMs < untilMs
    ? []
    : [{ field: `loads.${index}.until`, message: `must be after from, ${fromMs} ms; it is ${untilMs} ms` }]),
  ...(run.kind === 'uniform' && run.maxMs < run.minMs
    ? [{ field: `loads.${index}.run.max`, message: `${run.maxMs} ms is less than min, ${run.minMs} ms` }]
    : []),
];

const sizeIssues = ({ workers, loads, recorded, durationMs }: Scenario): Issue[] => {
  const count = sum(workers, (group) => group.count);
  const slots = sum(workers, (group) => group.count * group.slots);
  const tasks = recorded.length + Math.ceil(sum(loads, (load) => expectedTasks(load, durationMs)));
  return [
    ...tooMany('workers', count, SCENARIO_LIMITS.workers, 'workers'),
    ...tooMany('workers', slots, SCENARIO_LIMITS.slotsTotal, 'slots'),
    ...tooMany('loads', tasks, SCENARIO_LIMITS.tasks, 'tasks'),
  ];
};

const tooMany = (field: string, count: number, max: number, what: string): Issue[] =>
  count <= max ? [] : [{ field, message: `${count} ${what}; at most ${max}` }];

const sum = <T extends WorkerGroup | GeneratedLoad>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((before, one) => before + of(one), 0);
