import {
  deviceStream,
  productStream,
  tenantStream,
  toDeviceEvent,
  tokenStream,
  toProductEvent,
  toTenantEvent,
  toTokenEvent,
} from '@tallystick/contracts';
import {
  evolveDevice,
  evolveProduct,
  evolveTenant,
  evolveToken,
  initialDevice,
  initialProduct,
  initialTenant,
  initialToken,
  type DeviceKeyScope,
  type DeviceState,
  type LiveTenant,
  type ProductState,
  type TenantState,
  type TokenState,
} from '@tallystick/domain';
import type { EventStore } from '@tallystick/ports';
import { toHolder, type Holder, type Reservation } from './reservation.ts';
import { createStreamStates, type Loaded } from './stream-states.ts';

/** How many products' states are kept. */
const PRODUCTS_KEPT = 10_000;
/** And how many tenants. */
const TENANTS_KEPT = 10_000;

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
  /** null: there is none. What a tenant is never changes, so it is read once. */
  tenant(tenant: string): Promise<LiveTenant | null>;
  tenantStream(tenant: string): Promise<Loaded<TenantState>>;
  token(tokenId: string): Promise<Loaded<TokenState>>;
  /** Within what a device key of the tenant is unique. */
  deviceKeyScope(tenant: string): Promise<DeviceKeyScope>;
  /** Of a stream that holds a name for one life alone. */
  reservation(stream: string): Promise<Reservation>;
}

type OfPlatform = Pick<Loading, 'tenant' | 'tenantStream' | 'token' | 'deviceKeyScope'> & {
  forget(): void;
};

function createPlatformLoading(store: EventStore): OfPlatform {
  const tenants = new Map<string, LiveTenant>();
  const ofTenants = createStreamStates(store, { toEvent: toTenantEvent, evolve: evolveTenant });
  const ofTokens = createStreamStates(store, { toEvent: toTokenEvent, evolve: evolveToken });
  const loadTenant = (tenant: string): Promise<Loaded<TenantState>> =>
    ofTenants.read(tenantStream(tenant), initialTenant);
  async function loadLiving(tenant: string): Promise<LiveTenant | null> {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    const { state } = await loadTenant(tenant);
    if (state.status === 'absent') return null;
    if (tenants.size >= TENANTS_KEPT) tenants.clear();
    tenants.set(tenant, state);
    return state;
  }
  return {
    tenant: loadLiving,
    deviceKeyScope: async (tenant) => (await loadLiving(tenant))?.deviceKeyScope ?? 'product',
    tenantStream: loadTenant,
    token: (tokenId) => ofTokens.read(tokenStream(tokenId), initialToken),
    forget: () => tenants.clear(),
  };
}

export function createLoading(store: EventStore): Loading {
  const products = new Map<string, Loaded<ProductState>>();
  const { forget: forgetTenants, ...ofPlatform } = createPlatformLoading(store);
  const ofProducts = createStreamStates(store, { toEvent: toProductEvent, evolve: evolveProduct });
  const ofDevices = createStreamStates(store, { toEvent: toDeviceEvent, evolve: evolveDevice });
  const ofReservations = createStreamStates(store, {
    toEvent: toHolder,
    evolve: (_: Holder, after) => after,
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
    forgetProducts() {
      products.clear();
      forgetTenants();
    },
    ...ofPlatform,
    device: (tenant, productKey, deviceKey) =>
      ofDevices.read(deviceStream(tenant, productKey, deviceKey), initialDevice(tenant)),
    async reservation(stream) {
      const { state, revision } = await ofReservations.read(stream, { holder: null });
      return { ...state, revision };
    },
  };
}
