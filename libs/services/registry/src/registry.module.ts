import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuditController } from './controllers/audit.controller.ts';
import { DevicesController } from './controllers/devices.controller.ts';
import { EffectsController, LIVE_STREAMS } from './controllers/effects.controller.ts';
import { HistoryController } from './controllers/history.controller.ts';
import { DocsController } from './controllers/docs.controller.ts';
import { ImportsController } from './controllers/imports.controller.ts';
import { OperatorsController } from './controllers/operators.controller.ts';
import { PLATFORM, PlatformController, type Platform } from './controllers/platform.controller.ts';
import { ProductsController } from './controllers/products.controller.ts';
import { StatsController } from './controllers/stats.controller.ts';
import { StoreController } from './controllers/store.controller.ts';
import { ViewsController } from './controllers/views.controller.ts';
import { UnitsController } from './controllers/units.controller.ts';
import { AUDIT_HANDLERS } from './cqrs/audit.handlers.ts';
import { DEVICE_SECRET_HANDLERS } from './cqrs/device-secrets.handlers.ts';
import { DEVICE_HANDLERS } from './cqrs/devices.handlers.ts';
import { GATEWAY_HANDLERS } from './cqrs/gateways.handlers.ts';
import { type HandlerParts, PARTS } from './cqrs/handler.ts';
import { HISTORY_HANDLERS } from './cqrs/history.handlers.ts';
import { IMPORT_HANDLERS } from './cqrs/imports.handlers.ts';
import { PRODUCT_HANDLERS } from './cqrs/products.handlers.ts';
import { REACTION_HANDLERS } from './cqrs/reactions.handlers.ts';
import { STATS_HANDLERS } from './cqrs/stats.handlers.ts';
import { STORE_HANDLERS } from './cqrs/store.handlers.ts';
import { TENANT_HANDLERS } from './cqrs/tenants.handlers.ts';
import { TOKEN_HANDLERS } from './cqrs/tokens.handlers.ts';
import { VIEW_HANDLERS } from './cqrs/views.handlers.ts';
import { UNIT_HANDLERS } from './cqrs/units.handlers.ts';
import type { LiveStreams } from './live/live-stream.ts';

export interface RegistryParts {
  readonly parts: HandlerParts;
  readonly live: LiveStreams;
  readonly platform: Platform;
}

@Module({})
export class RegistryModule {
  static register({ parts, live, platform }: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      imports: [CqrsModule.forRoot()],
      controllers: [
        ProductsController,
        DevicesController,
        ImportsController,
        UnitsController,
        HistoryController,
        EffectsController,
        StatsController,
        StoreController,
        ViewsController,
        AuditController,
        OperatorsController,
        PlatformController,
        DocsController,
      ],
      providers: [
        ...PRODUCT_HANDLERS,
        ...DEVICE_HANDLERS,
        ...DEVICE_SECRET_HANDLERS,
        ...IMPORT_HANDLERS,
        ...UNIT_HANDLERS,
        ...HISTORY_HANDLERS,
        ...GATEWAY_HANDLERS,
        ...STATS_HANDLERS,
        ...STORE_HANDLERS,
        ...VIEW_HANDLERS,
        ...AUDIT_HANDLERS,
        ...TENANT_HANDLERS,
        ...TOKEN_HANDLERS,
        ...REACTION_HANDLERS,
        { provide: PARTS, useValue: parts },
        { provide: LIVE_STREAMS, useValue: live },
        { provide: PLATFORM, useValue: platform },
      ],
    };
  }
}
