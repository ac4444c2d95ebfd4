import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { DialectName, RefusalReason, SecretDelivery } from '@tallystick/dialects';

/** The names in a CONNECT, and what the view knows of them. Nothing is proven yet. */
export interface Named {
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  /** The tenant of the product, if the product is known. */
  readonly tenant: string | null;
  readonly deviceId: string | null;
  /** The ClientId without the dialect's extension; null: none within its limits was said. */
  readonly clientId: string | null;
  /** The device has a unit of that ClientId. */
  readonly knownUnit: boolean;
}

interface OfClaim extends Named {
  /** Which rule decided, e.g. `alibaba.static.hmacsha256`. */
  readonly rule: string;
  readonly dialect: DialectName | null;
  readonly secretVersion: number | null;
}

export type Denial = OfClaim & {
  readonly decision: 'deny';
  readonly reason: RefusalReason;
  /** Where the name means several devices: each of them is told of it. Absent: it does not. */
  readonly means?: readonly Named[];
};

export type Login = OfClaim & {
  readonly decision: 'allow';
  readonly dialect: DialectName;
  readonly device: DeviceCredential;
  readonly product: ProductCredential;
  readonly clientId: string;
  /** The unit's ClientID where it came with a token. */
  readonly unit: string | null;
  /** How this login activates the device or the unit; null: both are active. */
  readonly activates: 'static' | 'registration-free' | null;
};

interface OfProduct extends OfClaim {
  readonly decision: 'ask-registry';
  readonly dialect: DialectName;
  readonly product: ProductCredential;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly clientId: string;
}

/** The product's secret is right; whether there is room is the registry's to say. */
export type UnitClaim = OfProduct & { readonly asks: 'unit' };

/** The product's secret is right; whether the device may have its own is the registry's to say. */
export type SecretClaim = OfProduct & {
  readonly asks: 'secret';
  readonly delivery: SecretDelivery;
  /** The id by which the device calls itself; null: it names none. */
  readonly saidId: string | null;
};

/** What creates identity: only a registry can answer it. */
export type Asking = UnitClaim | SecretClaim;

export type ConnectDecision = Denial | Login | Asking;

export interface Budgets {
  readonly tokenMs: number;
  readonly secretMs: number;
}
