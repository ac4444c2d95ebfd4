import {
  deviceIdStream,
  deviceStream,
  productStream,
  toDeviceEvent,
  toProductEvent,
} from '@tallystick/contracts';
import { foldDevice, foldProduct, type DeviceState, type ProductState } from '@tallystick/domain';
import type { EventStore } from '@tallystick/ports';
import { toDomainEvents } from './stored-events.ts';

/** A state with the place it was read at; revision and position 0: the stream does not exist. */
export interface Loaded<State> {
  readonly stream: string;
  readonly state: State;
  readonly revision: number;
  readonly position: number;
}

/** How many products' states are kept. */
const PRODUCTS_KEPT = 10_000;

export interface Loading {
  device(tenant: string, productKey: string, deviceKey: string): Promise<Loaded<DeviceState>>;
  product(productKey: string): Promise<Loaded<ProductState>>;
  /** As it was when last read: the append must check the revision, and {@link forgetProduct} when it was stale. */
  knownProduct(productKey: string): Promise<Loaded<ProductState>>;
  forgetProduct(productKey: string): void;
  /** Whether a device id is reserved, and the revision of its stream. */
  reservation(deviceId: string): Promise<{ readonly reserved: boolean; readonly revision: number }>;
}

export function createLoading(store: EventStore): Loading {
  const products = new Map<string, Loaded<ProductState>>();

  async function product(productKey: string): Promise<Loaded<ProductState>> {
    const stream = productStream(productKey);
    const events = await store.readStream(stream);
    const { revision = 0, position = 0 } = events.at(-1) ?? {};
    const state = foldProduct(toDomainEvents(events, toProductEvent));
    const loaded = { stream, state, revision, position };
    products.delete(productKey);
    if (loaded.state.status === 'live') products.set(productKey, loaded);
    for (const oldest of products.keys()) {
      if (products.size <= PRODUCTS_KEPT) break;
      products.delete(oldest);
    }
    return loaded;
  }

  return {
    product,
    knownProduct: async (productKey) => products.get(productKey) ?? product(productKey),
    forgetProduct: (productKey) => void products.delete(productKey),
    async device(tenant, productKey, deviceKey) {
      const stream = deviceStream(tenant, productKey, deviceKey);
      const events = await store.readStream(stream);
      const { revision = 0, position = 0 } = events.at(-1) ?? {};
      const state = foldDevice(tenant, toDomainEvents(events, toDeviceEvent));
      return { stream, state, revision, position };
    },
    async reservation(deviceId) {
      const last = (await store.readStream(deviceIdStream(deviceId))).at(-1);
      return { reserved: last?.type === 'DeviceIdReserved', revision: last?.revision ?? 0 };
    },
  };
}
