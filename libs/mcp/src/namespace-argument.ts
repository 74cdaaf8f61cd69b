import type { CallerSession } from '@precedent/ports';
import { z } from 'zod';
import type { Arguments } from './call-tool.ts';

/** In which namespace a tool acts. Clients repeat it in a header, for what routes or limits by it. */
export const namespaceArgument = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'a namespace has letters, digits, "_" and "-" only')
  .optional()
  .describe('in which it acts')
  .meta({ 'x-mcp-header': 'Namespace' });

export const namespaceIn = ({ namespace }: Arguments, session: CallerSession): string =>
  typeof namespace === 'string' ? namespace : session.namespace;
