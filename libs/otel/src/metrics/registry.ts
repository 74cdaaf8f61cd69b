/** What a metric is. Names, kinds and labels never change their meaning; `metrics.pins.test.ts` freezes them. */
export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, rising. */
  readonly buckets?: readonly number[];
}

/** One line of a counter or gauge. */
export interface MetricValue {
  add(by?: number): void;
  set(value: number): void;
}

/** One histogram. */
export interface Distribution {
  observe(value: number): void;
}

/** Label sets of one metric, at most. Further ones share one, so that labels whose values clients choose, such as pools, cannot fill the memory. */
const SERIES_MAX = 1_000;
const OTHERS = 'other';

interface Series extends MetricValue, Distribution {
  readonly labels: string;
  lines(name: string): string;
}

/**
 * Counters, gauges and histograms, and their text in the format of Prometheus. Written by hand, because the libraries for it take
 * 9 MB (prom-client) and 15 MB (the OpenTelemetry SDK) in an engine that has to stay below 100.
 */
export class Registry<Name extends string> {
  readonly #metrics = new Map<string, Metric>();

  constructor(specs: Readonly<Record<Name, MetricSpec>>) {
    for (const [name, spec] of Object.entries<MetricSpec>(specs))
      this.#metrics.set(name, new Metric(name, spec));
  }

  /** The counter or gauge with these values of its labels, in their order. A caller that needs it often stores it. */
  value(name: Name, ...labels: readonly string[]): MetricValue {
    return this.#metric(name).with(labels);
  }

  distribution(name: Name, ...labels: readonly string[]): Distribution {
    return this.#metric(name).with(labels);
  }

  /** Forgets all label sets of a metric, because what they measured does not exist any more. */
  clear(name: Name): void {
    this.#metric(name).clear();
  }

  /** Everything that has a value, as text. */
  text(): string {
    let text = '';
    for (const metric of this.#metrics.values()) text += metric.text();
    return text;
  }

  #metric(name: Name): Metric {
    const metric = this.#metrics.get(name);
    if (metric === undefined) throw new Error(`no metric ${name}`);
    return metric;
  }
}

class Metric {
  readonly #name: string;
  readonly #spec: MetricSpec;
  readonly #series = new Map<string, Series>();

  constructor(name: string, spec: MetricSpec) {
    this.#name = name;
    this.#spec = spec;
  }

  with(labels: readonly string[]): Series {
    const key = labels.join('\u0000');
    return this.#series.get(key) ?? this.#create(key, labels);
  }

  clear(): void {
    this.#series.clear();
  }

  text(): string {
    if (this.#series.size === 0) return '';
    const { help, kind } = this.#spec;
    let text = `# HELP ${this.#name} ${help}\n# TYPE ${this.#name} ${kind}\n`;
    for (const series of this.#series.values()) text += series.lines(this.#name);
    return text;
  }

  #create(key: string, labels: readonly string[]): Series {
    const { labels: names, kind, buckets = [] } = this.#spec;
    if (this.#series.size >= SERIES_MAX && labels.some((label) => label !== OTHERS)) {
      return this.with(names.map(() => OTHERS));
    }
    const pairs = names.map((name, index) => `${name}="${escaped(labels[index] ?? '')}"`).join(',');
    const series = kind === 'histogram' ? new Histogram(pairs, buckets) : new Scalar(pairs);
    this.#series.set(key, series);
    return series;
  }
}

class Scalar implements Series {
  readonly labels: string;
  #value = 0;

  constructor(labels: string) {
    this.labels = labels;
  }

  add(by = 1): void {
    this.#value += by;
  }
  set(value: number): void {
    this.#value = value;
  }
  observe(value: number): void {
    this.set(value);
  }
  lines(name: string): string {
    return `${name}${braced(this.labels)} ${this.#value}\n`;
  }
}

class Histogram implements Series {
  readonly labels: string;
  readonly #bounds: readonly number[];
  /** By bucket, not cumulative; the last one has no bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: string, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  add(by = 1): void {
    this.observe(by);
  }
  set(value: number): void {
    this.observe(value);
  }

  lines(name: string): string {
    const before = this.labels === '' ? '' : `${this.labels},`;
    let text = '';
    let total = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      total += count;
      text += `${name}_bucket{${before}le="${this.#bounds[bucket] ?? '+Inf'}"} ${total}\n`;
    }
    const labels = braced(this.labels);
    return `${text}${name}_sum${labels} ${this.#sum}\n${name}_count${labels} ${total}\n`;
  }
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
