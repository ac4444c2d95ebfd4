import type { ProductCredential } from '@tallystick/contracts';

const KEPT = 1_000;

/**
 * Products kept as objects between two changes of the view: what every CONNECT of a fleet asks for.
 */
export class KeptProducts {
  readonly #kept = new Map<string, ProductCredential>();

  get(productKey: string, read: () => ProductCredential | null): ProductCredential | null {
    const kept = this.#kept.get(productKey);
    if (kept !== undefined) return kept;
    const product = read();
    if (product === null) return null;
    if (this.#kept.size >= KEPT) this.#kept.clear();
    this.#kept.set(productKey, product);
    return product;
  }

  clear(): void {
    this.#kept.clear();
  }
}
