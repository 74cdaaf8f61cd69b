import { describe, expect, it } from 'vitest';
import { aComparison } from './comparison.arbitraries.ts';
import { chartOf } from './chart.ts';

const ABOUT = 'Ten slots.';
const svg = chartOf(aComparison(), ABOUT);

const numbersOf = (attribute: string): number[] =>
  [...svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, text]) => Number(text));

/** Names of tags that are open at the end, or were closed in the wrong order. */
const unbalanced = (text: string): string[] => {
  const open: string[] = [];
  for (const [, close, name = '', selfClosing] of text.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return [...open, `/${name}`];
    } else if (selfClosing !== '/') open.push(name);
  }
  return open;
};

describe('chartOf', () => {
  it('draws a well-formed, self-contained SVG that describes the figures in text', () => {
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).not.toMatch(/href|url\(|@import|<script/);
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg).toContain('role="img"');
    expect(svg).toContain('without: p50 900 ms, p99 2.4 s; with: p50 4.2 ms, p99 15 ms.');
  });

  it('returns the same text for the same comparison', () => {
    expect(chartOf(aComparison(), ABOUT)).toBe(svg);
  });

  it('draws a dot for each task, inside of the plot and in its row', () => {
    const [xs, ys] = [numbersOf('cx'), numbersOf('cy')];
    expect([xs.length, ys.length]).toEqual([10, 10]);
    expect(xs.every((x) => x >= 190 && x <= 676)).toBe(true);
    const rows = [124, 188, 286, 350];
    expect(ys.every((y) => rows.some((row) => Math.abs(y - row) <= 14))).toBe(true);
  });

  it('draws a tenth of a value one step further to the left', () => {
    const [, nine] = numbersOf('cx');
    const ticks = [...svg.matchAll(/class="grid" x1="([^"]*)"/g)].map(([, x]) => Number(x)).slice(0, 6);
    const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
    // 900 ms stand just before 1 s.
    expect((ticks[3] ?? 0) - (nine ?? 0)).toBeCloseTo(-Math.log10(0.9) * step, 0);
    expect(svg).toContain('>1 ms<');
    expect(svg).toContain('>100 s<');
  });

  it('has colours for dark and light mode, and no NaN, Infinity or undefined', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('draws a chart of a comparison without tasks', () => {
    const none = { low: [], urgent: [], ms: 0 };
    expect(unbalanced(chartOf({ without: none, with: none }, ABOUT))).toEqual([]);
  });
});
