import { NestFactory } from '@nestjs/core';
import type { RunningService } from '@tallystick/services-edge';
import { AUTH_GATEWAY, AuthGatewayModule } from './auth-gateway.module.ts';
import type { AuthGatewayDeps } from './gateway.types.ts';

/**
 * Starts a gateway. Rejects with PortError `misconfigured` when another one holds its id.
 * A cold gateway listens at once and refuses (retryable) until its view is complete.
 */
export async function startAuthGateway(deps: AuthGatewayDeps): Promise<RunningService> {
  const context = await NestFactory.createApplicationContext(AuthGatewayModule.with(deps), {
    logger: false,
    abortOnError: false,
  });
  const gateway = context.get<RunningService>(AUTH_GATEWAY);
  return {
    name: gateway.name,
    ready: () => gateway.ready(),
    checks: () => gateway.checks(),
    stop: async () => {
      await gateway.stop();
      await context.close();
    },
  };
}
