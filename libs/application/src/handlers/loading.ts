import {
  deviceIdStream,
  deviceStream,
  productStream,
  toDeviceEvent,
  toProductEvent,
} from '@tallystick/contracts';
import {
  evolveDevice,
  evolveProduct,
  initialDevice,
  initialProduct,
  type DeviceState,
  type ProductState,
} from '@tallystick/domain';
import type { EventStore } from '@tallystick/ports';
import { createStreamStates, type Loaded } from './stream-states.ts';

/** How many products' states are kept. */
const PRODUCTS_KEPT = 10_000;

export interface Loading {
  device(tenant: string, productKey: string, deviceKey: string): Promise<Loaded<DeviceState>>;
  product(productKey: string): Promise<Loaded<ProductState>>;
  /**
   * As it was when last read: the append must check the revision, and {@link forgetProduct} when it
   * was stale.
   */
  knownProduct(productKey: string): Promise<Loaded<ProductState>>;
  forgetProduct(productKey: string): void;
  /** The store was put back: a revision may hold another event than the one that was read. */
  forgetProducts(): void;
  /** Whether a device id is reserved, and the revision of its stream. */
  reservation(deviceId: string): Promise<{ readonly reserved: boolean; readonly revision: number }>;
}

export function createLoading(store: EventStore): Loading {
  const products = new Map<string, Loaded<ProductState>>();
  const ofProducts = createStreamStates(store, { toEvent: toProductEvent, evolve: evolveProduct });
  const ofDevices = createStreamStates(store, { toEvent: toDeviceEvent, evolve: evolveDevice });
  const ofReservations = createStreamStates(store, {
    toEvent: ({ type }) => type,
    evolve: (_: boolean, type) => type === 'DeviceIdReserved',
  });

  async function product(productKey: string): Promise<Loaded<ProductState>> {
    const loaded = await ofProducts.read(productStream(productKey), initialProduct);
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
    forgetProducts: () => products.clear(),
    device: (tenant, productKey, deviceKey) =>
      ofDevices.read(deviceStream(tenant, productKey, deviceKey), initialDevice(tenant)),
    async reservation(deviceId) {
      const { state, revision } = await ofReservations.read(deviceIdStream(deviceId), false);
      return { reserved: state, revision };
    },
  };
}
