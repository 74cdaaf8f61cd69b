import { describe, expect, it } from 'vitest';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { openApiDocument } from './openapi/document.ts';
import { ROUTED } from './routes.ts';

describe('the reference page', () => {
  const html = docsPage(openApiDocument('1.2.3 <b>'));

  it('shows every operation and links to schemas that it has', () => {
    for (const { name, path } of ROUTED) {
      expect(html).toContain(`id="${name.replace('.', '_')}"`);
      expect(html).toContain(`<code>/api/v1${path}</code>`);
    }
    const targets = [...html.matchAll(/href="#([\w-]+)"/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(50);
    for (const target of new Set(targets)) expect(html).toContain(`id="${target}"`);
  });

  it('loads and runs nothing, and shows texts as texts', () => {
    expect(html).not.toMatch(/<script|src=|https?:|<link/);
    expect(html).toContain('Precedent 1.2.3 &lt;b&gt;');
    expect(DOCS_POLICY).toContain("default-src 'none'");
  });
});
