import type { Dialect, SilenceCounts, UnitState } from '@tallystick/domain';

/**
 * A record of a higher incarnation of the store replaces any of a lower one (libs/README.md, rule
 * 11). Absent: the first.
 */
interface OfIncarnation {
  readonly incarnation?: number;
}

/**
 * A secret sealed for the gateways: AES-256-GCM under the epoch key, associated data `<record
 * key>|<generation>|<version>`; base64 of nonce (12), ciphertext, tag (16).
 */
export interface DistributedSecret {
  readonly version: number;
  readonly sealed: string;
  /** Epoch milliseconds; null: the newest. */
  readonly expiresAt: number | null;
}

export interface DeviceCredential extends OfIncarnation {
  readonly kind: 'device';
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly generation: number;
  /** Revision of the stream that this state was folded from, and the position of that event. */
  readonly revision: number;
  readonly position: number;
  /**
   * Epoch of the gateway ring that `sealed` is under. A record replaces another when (revision,
   * keyEpoch) is greater.
   */
  readonly keyEpoch: number;
  readonly active: boolean;
  readonly disabled: boolean;
  readonly dynamicOpen: boolean;
  /** When it was last reset, epoch milliseconds: the sessions of before are over. */
  readonly resetAt: number | null;
  /** Newest first. */
  readonly secrets: readonly DistributedSecret[];
  /** Closed names take no claim. */
  readonly open: boolean;
  readonly units: readonly {
    readonly clientId: string;
    readonly tokenHash: string;
    readonly state: UnitState;
  }[];
}

export interface ProductCredential extends OfIncarnation {
  readonly kind: 'product';
  readonly tenant: string;
  readonly productKey: string;
  readonly revision: number;
  readonly position: number;
  readonly keyEpoch: number;
  readonly dialect: Dialect;
  readonly dynamicActivation: boolean;
  readonly registrationFree: boolean;
  readonly maxUnits: number;
  readonly silenceSeconds: number | null;
  /** Absent in records of earlier releases: then it is its dialect's default. */
  readonly silenceCounts?: SilenceCounts;
  readonly certificateRequired: boolean;
  readonly secrets: readonly DistributedSecret[];
}

/**
 * A key without a life. On the fast lane always; on the bulk lane the record is a tombstone whose
 * headers `revision`, `position` say the same.
 */
export interface CredentialGone extends OfIncarnation {
  readonly kind: 'gone';
  readonly tenant: string;
  readonly productKey: string;
  /** null: the product itself. */
  readonly deviceKey: string | null;
  readonly deviceId: string | null;
  readonly generation: number;
  readonly revision: number;
  readonly position: number;
  readonly keyEpoch: number;
}

/**
 * Written to every partition of a lane's topic, key `tick`: all events of the lane up to and with
 * this position stand before it.
 */
export interface Tick extends OfIncarnation {
  readonly kind: 'tick';
  readonly lane: 'fast' | 'bulk';
  /** The store that it speaks of. Absent: an earlier release wrote it. */
  readonly storeId?: string;
  /** Store position. */
  readonly upTo: number;
  /**
   * Epoch milliseconds: append time of the last relayed event, or when the store's head was read
   * and nothing was left.
   */
  readonly upToTime: number;
}

export type CredentialRecord = DeviceCredential | ProductCredential | CredentialGone | Tick;
