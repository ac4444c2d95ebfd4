import type { SessionEnd, SessionTransport } from '@tallystick/domain';

export type Transport = SessionTransport;

/**
 * Why a session ended, as SessionClosed and DeviceOffline show it; `taken-over` never makes a
 * DeviceOffline.
 */
export type CloseReason = SessionEnd;

export interface SessionDescription {
  readonly sessionId: string;
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly generation: number;
  /**
   * The unit's ClientID for a registration-free product, else null: sessions of one (device, unit)
   * take each other over.
   */
  readonly unit: string | null;
  /** What the wire said, without the dialect's extension block. */
  readonly clientId: string;
  readonly transport: Transport;
  readonly dialect: string;
  /** `ip:port`. */
  readonly remoteAddress: string;
  readonly secretVersion: number | null;
  /** By the gateway's clock, epoch milliseconds. */
  readonly openedAt: number;
}

/**
 * What a gateway says of its sessions. Order within a record, and of records of one gateway in a
 * partition, is the order in which it happened.
 */
export type SessionSignal =
  | { readonly type: 'opened'; readonly session: SessionDescription }
  /**
   * Said after a gateway was fenced, or found its lease missed, of each session that is live now.
   */
  | { readonly type: 'announced'; readonly session: SessionDescription }
  | {
      readonly type: 'closed';
      readonly session: SessionDescription;
      readonly reason: CloseReason;
      readonly at: number;
    }
  /**
   * The first login with the device's own secret or token: the registry makes DeviceActivated (and
   * ClientIdActivated) of it, once.
   */
  | {
      readonly type: 'activated';
      readonly session: SessionDescription;
      readonly method: 'static' | 'dynamic' | 'registration-free' | 'certificate';
      readonly at: number;
    };

/**
 * One record of internal.sessions.v1: key = partition number; partition = murmur2 of each session's
 * device key.
 */
export interface SignalBatch {
  readonly gatewayId: string;
  readonly incarnation: string;
  /**
   * Counts the times this incarnation was fenced or missed its lease, from 1. Signals of a fenced
   * term are history.
   */
  readonly term: number;
  readonly signals: readonly SessionSignal[];
}
