import { describe, expect, it } from 'vitest';
import { Registry } from './registry.ts';

const setup = () =>
  new Registry({
    tasks_total: { kind: 'counter', help: 'Tasks.', labels: ['band', 'why'] },
    depth: { kind: 'gauge', help: 'Depth.', labels: [] },
    wait_seconds: { kind: 'histogram', help: 'Wait.', labels: ['band'], buckets: [0.1, 1] },
  });

describe('the registry', () => {
  it('says nothing of metrics without a value', () => {
    expect(setup().text()).toBe('');
  });

  it('writes counters and gauges with their labels in the order of the metric', () => {
    const registry = setup();
    registry.value('tasks_total', 'low', 'lost').add();
    registry.value('tasks_total', 'low', 'lost').add(2);
    registry.value('tasks_total', 'high', 'lost').add();
    registry.value('depth').set(7);
    expect(registry.text()).toBe(
      [
        '# HELP tasks_total Tasks.',
        '# TYPE tasks_total counter',
        'tasks_total{band="low",why="lost"} 3',
        'tasks_total{band="high",why="lost"} 1',
        '# HELP depth Depth.',
        '# TYPE depth gauge',
        'depth 7',
        '',
      ].join('\n'),
    );
  });

  it('counts an observation in its bucket and in all above, a bound included', () => {
    const registry = setup();
    const wait = registry.distribution('wait_seconds', 'low');
    for (const seconds of [0.05, 0.1, 0.5, 3]) wait.observe(seconds);
    expect(registry.text().split('\n').slice(2, 7)).toEqual([
      'wait_seconds_bucket{band="low",le="0.1"} 2',
      'wait_seconds_bucket{band="low",le="1"} 3',
      'wait_seconds_bucket{band="low",le="+Inf"} 4',
      'wait_seconds_sum{band="low"} 3.65',
      'wait_seconds_count{band="low"} 4',
    ]);
  });

  it('escapes what a label may not hold', () => {
    const registry = setup();
    registry.value('tasks_total', 'a"b', 'c\\d\ne').add();
    expect(registry.text()).toContain('{band="a\\"b",why="c\\\\d\\ne"} 1');
  });

  it('forgets what was cleared', () => {
    const registry = setup();
    registry.value('depth').set(7);
    registry.clear('depth');
    expect(registry.text()).toBe('');
  });

  it('sums up label sets beyond a thousand: a client that chooses labels cannot fill the memory', () => {
    const registry = setup();
    for (let n = 0; n < 5_000; n++) registry.value('tasks_total', `pool${n}`, 'lost').add();
    const lines = registry.text().split('\n');
    expect(lines.length).toBeLessThan(1_010);
    expect(lines).toContain('tasks_total{band="other",why="other"} 4000');
  });
});
