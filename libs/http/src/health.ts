import type { FastifyInstance } from 'fastify';

/** What depends on others. */
export interface HealthProbe {
  /** Why no request could be answered now; `undefined`: the gateway is ready. */
  readonly problem: () => string | undefined;
}

/** Without a credential, and without a detail: for those who start and watch the program. */
export const addHealthRoutes = (app: FastifyInstance, { problem }: HealthProbe, version: string): void => {
  app.get('/livez', () => ({ status: 'alive' }));
  app.get('/startupz', () => ({ status: 'started' }));
  for (const path of ['/readyz', '/api/health'])
    app.get(path, (_request, reply) => {
      const reason = problem();
      if (reason === undefined) return reply.send({ status: 'ready', version });
      return reply.code(503).send({ status: 'not_ready', version, reason });
    });
};
