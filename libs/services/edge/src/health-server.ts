import { createServer, type Server, type ServerResponse } from 'node:http';
import { metricsText } from './metrics/process-metrics.ts';
import type { AppContext } from './run-app.ts';
import type { RunningService } from './running-service.ts';

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** What /readyz answers for these services together. */
export function readiness(services: readonly RunningService[]): {
  readonly ready: boolean;
  readonly checks: Record<string, string>;
} {
  return {
    ready: services.every((service) => service.ready()),
    checks: Object.fromEntries(services.flatMap((service) => Object.entries(service.checks()))),
  };
}

/**
 * Serves GET /healthz, /readyz and /metrics of an app that has no HTTP of its own, unless its port
 * is `off`. Answers what closes it.
 */
export async function serveHealth(
  { settings, home }: Pick<AppContext, 'settings' | 'home'>,
  services: readonly RunningService[],
): Promise<() => Promise<void>> {
  if (settings.healthPort === null) return async () => undefined;
  const server = createHealthServer(services);
  await listen(server, settings.host, settings.healthPort);
  const address = server.address();
  home.publishPort('health', typeof address === 'object' && address !== null ? address.port : 0);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

function createHealthServer(services: readonly RunningService[]): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET') return json(response, 405, { status: 405 });
    if (path === '/healthz') return json(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const answer = readiness(services);
      return json(response, answer.ready ? 200 : 503, answer);
    }
    if (path !== '/metrics') return json(response, 404, { status: 404 });
    return void metricsText().then(({ contentType, text }) =>
      response.writeHead(200, { 'content-type': contentType }).end(text),
    );
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
