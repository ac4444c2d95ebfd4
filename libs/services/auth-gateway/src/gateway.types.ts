import type { GatewayKeys } from '@tallystick/application';
import type { DialectName, RefusalReason } from '@tallystick/dialects';
import type { Clock, EventBus, Ids, ViewStore } from '@tallystick/ports';
import type { Home, Logger, Settings, TlsIdentities } from '@tallystick/services-edge';

export interface AuthGatewayDeps {
  readonly settings: Settings;
  readonly home: Home;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bus: EventBus;
  /** Keys of the gateway ring, newest first. */
  readonly epochKeys: GatewayKeys;
  /** The certificate of the TLS ports; its owner closes it. */
  readonly tls: TlsIdentities;
  /** Where the view is kept; LMDB in HOME unless a test brings another. */
  readonly openView?: () => Promise<ViewStore>;
  /**
   * Called when it cannot go on: what it serves from then on is the retryable refusal, or nothing.
   */
  readonly onFailed?: (error: Error) => void;
}

/** Why a device gets no session; each listener answers it in the terms of its wire and dialect. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** null: the packet did not say which. */
  readonly dialect: DialectName | null;
}

/** Who a session is, as this gateway admitted it; the transport only carries it. */
export interface DeviceIdentity {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly generation: number;
  /**
   * The unit's ClientID where it came with a token; sessions of one (device, unit) take each other
   * over.
   */
  readonly unit: string | null;
  /** The ClientId as it came, without the dialect's extension block. */
  readonly clientId: string;
  readonly dialect: DialectName;
  readonly secretVersion: number | null;
  /** Until when that secret is accepted, epoch milliseconds; null: no end is set. */
  readonly secretUntil: number | null;
  /** How its opening activates the device or the unit; null: it does not. */
  readonly activates: 'static' | 'dynamic' | 'registration-free' | null;
  /** The count of the view's changes when it was admitted. */
  readonly viewVersion: number;
}
