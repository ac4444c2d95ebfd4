import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { DialectName, RefusalReason } from '@tallystick/dialects';

interface OfClaim {
  /** Which rule decided, e.g. `alibaba.static.hmacsha256`. */
  readonly rule: string;
  readonly dialect: DialectName | null;
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  /** Of the product, where it is known. */
  readonly tenant: string | null;
  readonly deviceId: string | null;
  readonly secretVersion: number | null;
}

export type Denial = OfClaim & { readonly decision: 'deny'; readonly reason: RefusalReason };

export type Login = OfClaim & {
  readonly decision: 'allow';
  readonly dialect: DialectName;
  readonly device: DeviceCredential;
  readonly product: ProductCredential;
  /** The ClientId without the dialect's extension. */
  readonly clientId: string;
  /** The unit's ClientID where it came with a token. */
  readonly unit: string | null;
  /** How this login activates the device or the unit; null: both are active. */
  readonly activates: 'static' | 'registration-free' | null;
};

/** The product's secret is right; whether there is room is the registry's to say. */
export type UnitClaim = OfClaim & {
  readonly decision: 'ask-registry';
  readonly dialect: DialectName;
  readonly product: ProductCredential;
  readonly productKey: string;
  readonly deviceKey: string;
};

export type ConnectDecision = Denial | Login | UnitClaim;

export interface Budgets {
  readonly tokenMs: number;
  readonly secretMs: number;
}
