import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';
import { KeptProducts } from './kept-products.ts';
import { holdersOf } from './node-id-holders.ts';
import { productsWith } from './node-ids.ts';
import type { NodeIdHolders, ViewLookup } from './view-lookup.ts';
import { asRow, deviceIdRow, deviceRow, liveDevice, liveProduct, productRow } from './view-rows.ts';
import { readWhole, type ReadView } from './write-trouble.ts';

/** Finds what decisions ask for among the rows of a view. */
export class ViewReader implements ViewLookup {
  readonly #view: ReadView;
  /** Read since the last change: what every CONNECT of a fleet asks for. */
  readonly #products = new KeptProducts();

  constructor(view: ReadView) {
    this.#view = view;
  }

  /** A row is another now. */
  changed(): void {
    this.#products.clear();
  }

  product(productKey: string): ProductCredential | null {
    return this.#products.get(productKey, () =>
      liveProduct(asRow(this.#get(productRow(productKey)))),
    );
  }

  device(productKey: string, deviceKey: string): DeviceCredential | null {
    return liveDevice(asRow(this.#get(deviceRow(productKey, deviceKey))));
  }

  deviceById(deviceId: string): DeviceCredential | null {
    const key = this.#get(deviceIdRow(deviceId));
    return typeof key === 'string' ? liveDevice(asRow(this.#get(key))) : null;
  }

  devicesByNodeId(nodeId: string): NodeIdHolders {
    return holdersOf(this, nodeId, productsWith({ get: (key) => this.#get(key) }, nodeId));
  }

  #get(key: string): JsonValue | undefined {
    return readWhole(this.#view, key);
  }
}
