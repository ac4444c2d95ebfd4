import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { DevicesController } from './controllers/devices.controller.ts';
import { EffectsController, LIVE_STREAMS } from './controllers/effects.controller.ts';
import { HistoryController } from './controllers/history.controller.ts';
import { DocsController } from './controllers/docs.controller.ts';
import { PLATFORM, PlatformController, type Platform } from './controllers/platform.controller.ts';
import { ProductsController } from './controllers/products.controller.ts';
import { StoreController } from './controllers/store.controller.ts';
import { UnitsController } from './controllers/units.controller.ts';
import { DEVICE_HANDLERS } from './cqrs/device.messages.ts';
import { OPERATIONS } from './cqrs/intent.ts';
import { PRODUCT_HANDLERS } from './cqrs/product.messages.ts';
import { STORE_HANDLERS } from './cqrs/store.messages.ts';
import { UNIT_HANDLERS } from './cqrs/unit.messages.ts';
import type { LiveStreams } from './live/live-stream.ts';
import type { Operations } from './operations/operations.types.ts';

export interface RegistryParts {
  readonly operations: Operations;
  readonly live: LiveStreams;
  readonly platform: Platform;
}

@Module({})
export class RegistryModule {
  static register({ operations, live, platform }: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      imports: [CqrsModule.forRoot()],
      controllers: [
        ProductsController,
        DevicesController,
        UnitsController,
        HistoryController,
        EffectsController,
        StoreController,
        PlatformController,
        DocsController,
      ],
      providers: [
        ...PRODUCT_HANDLERS,
        ...DEVICE_HANDLERS,
        ...UNIT_HANDLERS,
        ...STORE_HANDLERS,
        { provide: OPERATIONS, useValue: operations },
        { provide: LIVE_STREAMS, useValue: live },
        { provide: PLATFORM, useValue: platform },
      ],
    };
  }
}
