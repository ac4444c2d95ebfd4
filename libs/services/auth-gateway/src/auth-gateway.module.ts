import { Module, type DynamicModule } from '@nestjs/common';
import { AuthGateway } from './composition/auth-gateway.ts';
import type { AuthGatewayDeps } from './gateway.types.ts';

export const GATEWAY_DEPS = Symbol('AuthGatewayDeps');
export const AUTH_GATEWAY = Symbol('AuthGateway');

/** The gateway as a Nest module; nothing below it knows Nest. */
@Module({})
export class AuthGatewayModule {
  static with(deps: AuthGatewayDeps): DynamicModule {
    return {
      module: AuthGatewayModule,
      providers: [
        { provide: GATEWAY_DEPS, useValue: deps },
        {
          provide: AUTH_GATEWAY,
          inject: [GATEWAY_DEPS],
          useFactory: (given: AuthGatewayDeps) => AuthGateway.start(given),
        },
      ],
      exports: [AUTH_GATEWAY],
    };
  }
}
