import type { CloseReason, Transport } from './sessions.types.ts';

interface OfSession {
  readonly deviceId: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly epoch: number;
  readonly sessionId: string;
  readonly clientId: string;
  readonly gatewayId: string;
  readonly transport: Transport;
  readonly dialect: string;
}

/**
 * Events of identity.presence.v1 (data; the CloudEvents attributes stand in headers, `ce_epoch` in
 * place of the stream's).
 */
export type PresenceEvent = {
  readonly id: string;
  readonly tenant: string;
  readonly time: number;
  readonly correlationId: string;
  readonly causationId: string;
} & (
  | { readonly type: 'DeviceOnline'; readonly data: OfSession }
  | {
      readonly type: 'DeviceOffline';
      readonly data: OfSession & { readonly reason: Exclude<CloseReason, 'taken-over'> };
    }
  | {
      readonly type: 'SessionOpened';
      readonly data: OfSession & { readonly remoteAddress: string; readonly openedAt: string };
    }
  | {
      readonly type: 'SessionClosed';
      readonly data: OfSession & { readonly reason: CloseReason; readonly closedAt: string };
    }
  | {
      readonly type: 'SessionTakenOver';
      readonly data: OfSession & { readonly previousSessionId: string };
    }
);
