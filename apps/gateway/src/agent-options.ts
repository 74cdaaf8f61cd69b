import type { Config } from '@precedent/config';
import { toolsetsIn } from '@precedent/mcp';
import { textSeal } from '@precedent/ports';

/** What the tools for agents need beyond what every interface does. Throws INVALID_CONFIG for a toolset that there is not. */
export const agentOptions = ({ access, gateway, history }: Config, secret: string) => ({
  taskSeal: textSeal(secret, 'mcp-task'),
  retentionMs: history.retention,
  readOnly: gateway.mcpReadOnly,
  toolsets: toolsetsIn(gateway.mcpToolsets, 'gateway.mcpToolsets', 'INVALID_CONFIG'),
  issuers: access.issuers.map(({ issuer }) => issuer),
});
