import { createHash } from 'node:crypto';
import { escaped } from './escaped.ts';
import type { openApiDocument } from './openapi/document.ts';

type Json = ReturnType<typeof openApiDocument>;

/** The parts of an OpenAPI document that the page shows. */
interface Described {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Json;
    readonly content?: Json;
  }[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}

interface Shown {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
details { border: 1px solid #8886; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow: auto; max-height: 30rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .2rem .6rem .2rem 0; text-align: left; vertical-align: top; }
b.method { display: inline-block; min-width: 4.5rem; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is loaded, nothing runs, and no other page may frame it. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The reference of all operations as one page without scripts. */
export const docsPage = (document: Json): string => {
  const { info, paths, components } = document as unknown as Shown;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag));
    return `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>${own.map(operationOf).join('')}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escaped(name)}"><summary><code>${escaped(name)}</code></summary>${jsonOf(schema)}</details>`,
  );
  const title = `${escaped(info.title)} ${escaped(info.version)}`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><h1>${title}</h1>`,
    '<p>Every request needs the header <code>Authorization: Bearer &lt;key&gt;</code>. ',
    'The same as <a href="openapi.json">OpenAPI</a>.</p>',
    `<p>${tags.map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(' · ')} · <a href="#schemas">schemas</a></p>`,
    ...sections,
    `<h2 id="schemas">schemas</h2>${schemas.join('')}</body></html>`,
  ].join('');
};

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Described;
}

const operationOf = ({ method, path, operation }: Placed): string => {
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  return [
    `<details id="${escaped(operationId)}"><summary><b class="method">${method}</b> <code>${escaped(path)}</code> ${escaped(summary)}</summary>`,
    parameters.length > 0
      ? `<table><tr><th>parameter</th><th>in</th><th></th><th></th></tr>${parameters.map(parameterOf).join('')}</table>`
      : '',
    requestBody === undefined ? '' : `<p>Body</p>${jsonOf(requestBody)}`,
    `<p>Answers</p>${Object.entries(responses).map(answerOf).join('')}</details>`,
  ].join('');
};

const parameterOf = (parameter: NonNullable<Described['parameters']>[number]): string => {
  const { name, in: place, required, description, schema, content } = parameter;
  const about = description ?? (schema?.['description'] as string | undefined) ?? '';
  const shape = JSON.stringify(schema ?? content);
  return `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}${required ? ', required' : ''}</td><td>${escaped(about)}</td><td><code>${linked(shape)}</code></td></tr>`;
};

const answerOf = ([status, answer]: readonly [string, Json]): string =>
  '$ref' in answer
    ? `<code>${escaped(status)}</code> `
    : `<details><summary><code>${escaped(status)}</code></summary>${jsonOf(answer)}</details>`;

const jsonOf = (value: unknown): string => `<pre>${linked(JSON.stringify(value, null, 2))}</pre>`;

/** References become links to the schemas below. */
const linked = (json: string): string =>
  escaped(json).replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    (_, name: string) => `<a href="#schema-${name}">${name}</a>`,
  );
