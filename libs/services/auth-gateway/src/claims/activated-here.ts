import type { DeviceCredential } from '@tallystick/contracts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { RowChange } from '../view/fold-record.ts';
import type { ViewLookup } from '../view/view-lookup.ts';

/** Beyond it the oldest is forgotten: then the registry, which reads what is pending, refuses. */
const MOST_KEPT = 100_000;

type Name = Pick<DeviceIdentity, 'productKey' | 'deviceKey'>;
const nameOf = ({ productKey, deviceKey }: Name): string => `${productKey}/${deviceKey}`;

interface Activated {
  readonly generation: number;
  readonly secretVersion: number | null;
  /** The reset that had opened it, if one had: a later one opens it again. */
  readonly resetAt: number | null;
}

/**
 * Devices that have logged in here with their own secret, until the view knows that they are
 * active: from that login on their product's secret fetches nothing any more (libs/README.md, rule
 * 7).
 */
export class ActivatedHere {
  readonly #view: Pick<ViewLookup, 'device'>;
  readonly #activated = new Map<string, Activated>();

  constructor(view: Pick<ViewLookup, 'device'>) {
    this.#view = view;
  }

  opened(identity: DeviceIdentity): void {
    const { activates, generation, secretVersion } = identity;
    if (activates !== 'static' && activates !== 'dynamic') return;
    const device = this.#view.device(identity.productKey, identity.deviceKey);
    const [oldest] = this.#activated.keys();
    if (oldest !== undefined && this.#activated.size >= MOST_KEPT) this.#activated.delete(oldest);
    const resetAt = device?.resetAt ?? null;
    this.#activated.set(nameOf(identity), { generation, secretVersion, resetAt });
  }

  has(device: DeviceCredential): boolean {
    const known = this.#activated.get(nameOf(device));
    if (known?.generation !== device.generation || known.resetAt !== device.resetAt) return false;
    // Where a newer one was fetched meanwhile, that login activates nothing.
    return device.secrets.some(({ version }) => version === known.secretVersion);
  }

  /** What the view tells from now on need not be remembered. */
  changed(changes: readonly RowChange[]): void {
    if (this.#activated.size === 0) return;
    for (const { after } of changes) {
      if (after.kind === 'product' || after.deviceKey === null) continue;
      const { productKey, deviceKey } = after;
      const waits = after.kind === 'device' && this.has(after) && !isActive(after);
      if (!waits) this.#activated.delete(nameOf({ productKey, deviceKey }));
    }
  }
}

const isActive = ({ active, dynamicOpen }: DeviceCredential): boolean => active && !dynamicOpen;
