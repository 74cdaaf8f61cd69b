import { z } from 'zod';
import { sessionRequestSchema } from '../session/session-routes.ts';
import { sessionViewSchema } from '../session/session-view.ts';
import { content } from './content.ts';
import type { Json, NamedSchemas } from './named-schemas.ts';
import { refusals } from './refusals.ts';

/** How a browser authenticates. */
export const SESSION_SCHEME: Json = {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-precedent',
  description:
    'The session of a browser; with a port in the address, the name ends with it (`__Host-precedent-16080`). A request that changes something needs the header Origin of this server.',
};

const REFUSED = ['400', '401', '403', '500', '503'];

const linkSchema = z.object({
  link: z.string().describe('behind the "#" of /login/link'),
  endsAt: z.number().describe('milliseconds since 1970'),
});

const html = (description: string): Json => ({
  description,
  content: content('text/html', { type: 'string' }),
});

const query = (name: string, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});

const RETURN = query('return', 'The path of this server that is opened afterwards.');

/** Sessions are of browsers: the other interfaces, which no page calls, have no operation for them. */
export const sessionPaths = (schemas: NamedSchemas): Readonly<Record<string, Json>> => ({
  '/api/v1/session': {
    get: session('session_get', 'Who sends the request, and what the principal may do.', {
      200: answer('The caller.', schemas.of(sessionViewSchema, 'output')),
    }),
    post: {
      ...session(
        'session_begin',
        'Begins a session: with the key in the header Authorization, or with a link.',
        {
          201: answer('The session; its cookie is set.', schemas.of(sessionViewSchema, 'output')),
        },
      ),
      security: [{ key: [] }, {}],
      requestBody: {
        required: false,
        content: content('application/json', schemas.of(sessionRequestSchema, 'input')),
      },
    },
    delete: {
      ...session('session_end', 'Ends the session of the browser: its cookie is removed.', {
        204: { description: 'The cookie is removed.' },
      }),
      security: [{ session: [] }],
    },
  },
  '/api/v1/session/links': {
    post: {
      ...session('session_link', 'Makes a link with which a browser begins a session, once.', {
        201: answer('The link.', schemas.of(linkSchema, 'output')),
      }),
      security: [{ key: [] }],
    },
  },
  '/login': page('login', 'Begins a login at an OpenID provider.', {
    parameters: [RETURN, query('issuer', 'The provider; left out: the first of access.issuers.')],
    responses: { 303: { description: 'To the provider.' }, ...refusals([...REFUSED, '404']) },
  }),
  '/login/callback': page('login_callback', 'Where the provider sends the browser back.', {
    responses: { 200: html('A page that goes on.'), ...refusals(REFUSED) },
  }),
  '/login/link': page('login_link', 'The page that a link opens.', {
    parameters: [RETURN],
    responses: { 200: html('A page that begins the session.'), ...refusals(['400']) },
  }),
});

const answer = (description: string, schema: Json): Json => ({
  description,
  content: content('application/json', schema),
});

const session = (operationId: string, summary: string, answered: Json): Json => ({
  operationId,
  summary,
  tags: ['session'],
  responses: { ...answered, ...refusals(REFUSED) },
});

const page = (operationId: string, summary: string, described: Json): Json => ({
  get: { operationId, summary, tags: ['session'], security: [], ...described },
});
