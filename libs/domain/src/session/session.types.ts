import type { EpochMs } from '@tallystick/kernel';
import type { OfflineReason, SessionEnd } from './session-end.ts';

export type SessionTransport = 'tcp' | 'tls' | 'ws' | 'dtls' | 'udp' | 'http';

/** What a gateway says of a session; never changes in the session's life. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly generation: number;
  /**
   * Sessions of one (device, unit) take each other over; those over HTTP only each other. null: the
   * device has one unit.
   */
  readonly unit: string | null;
  readonly clientId: string;
  readonly transport: SessionTransport;
  readonly dialect: string;
  /** `ip:port`. */
  readonly remoteAddress: string;
  readonly secretVersion: number | null;
  /** By the gateway's clock. */
  readonly openedAt: EpochMs;
}

export type SessionNews =
  | { readonly type: 'opened'; readonly session: SessionFacts }
  | { readonly type: 'announced'; readonly session: SessionFacts }
  | {
      readonly type: 'closed';
      readonly session: SessionFacts;
      readonly reason: SessionEnd;
      readonly at: EpochMs;
    }
  | { readonly type: 'activated'; readonly session: SessionFacts };

/** Where news comes from, and what that source's word is worth. */
export interface NewsSource {
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly term: number;
  /** When the record was sent, by the same clock as `openedAt`. */
  readonly sentAt: EpochMs;
  /**
   * `fenced`: this term was closed, its live sessions will be announced in the next; `retired`: a
   * newer incarnation took the gateway's place.
   */
  readonly standing: 'current' | 'fenced' | 'retired';
}

export interface LiveSession {
  readonly facts: SessionFacts;
  readonly epoch: number;
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly term: number;
  /**
   * Since when the gateway says that a newer session of its own has taken it over, whose opening is
   * still to come.
   */
  readonly supersededAt: EpochMs | null;
  /**
   * Its device has left it, perhaps for a newer session on another gateway, whose report has not
   * arrived yet.
   */
  readonly left: { readonly reason: OfflineReason; readonly at: EpochMs } | null;
}

/** What is kept of an ended session, to recognise it when it is announced late. */
export interface EndedSession {
  readonly sessionId: string;
  readonly unit: string | null;
  /** Absent: over anything but HTTP. */
  readonly http?: true;
  /** 0: it was over before it was heard of. Such a session has no say in what is live. */
  readonly epoch: number;
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly openedAt: EpochMs;
  readonly reason: SessionEnd;
}

/**
 * The opening time of the newest forgotten session that this incarnation reported. An incarnation
 * reports in order, so it has reported every older session before. null: any incarnation.
 */
export interface ForgottenSessions {
  readonly incarnation: string | null;
  readonly openedAt: EpochMs;
}

/** One takeover between different ClientIDs at different addresses. */
export interface Contest {
  readonly from: string;
  readonly to: string;
  readonly fromGateway: string;
  readonly toGateway: string;
  readonly at: EpochMs;
}

/** All that order needs to know of one device key. */
export interface DeviceSessions {
  /** The last epoch given, over all lives of the key. Never reused. */
  readonly epoch: number;
  readonly generation: number;
  /** At most two for each unit: one over HTTP, and one over anything else. */
  readonly live: readonly LiveSession[];
  /** Newest first, of this generation alone. */
  readonly ended: readonly EndedSession[];
  /** What is known of forgotten sessions; the last forgotten one comes first. */
  readonly forgotten: readonly ForgottenSessions[];
  /** Oldest first. */
  readonly contests: readonly Contest[];
  readonly evidenceAt: EpochMs | null;
}

/** A change of a device's presence, and the session that caused it. */
export type PresenceFact = { readonly session: LiveSession; readonly time: EpochMs } & (
  | { readonly type: 'DeviceOnline' }
  | { readonly type: 'DeviceOffline'; readonly reason: OfflineReason }
  | { readonly type: 'SessionOpened' }
  | { readonly type: 'SessionClosed'; readonly reason: SessionEnd }
  | { readonly type: 'SessionTakenOver'; readonly previousSessionId: string }
);

export type SessionCommand =
  | {
      readonly kind: 'kick';
      readonly sessionId: string;
      readonly gatewayId: string;
      readonly reason: SessionEnd;
      readonly at: EpochMs;
    }
  | {
      readonly kind: 'conflict-evidence';
      readonly tenant: string;
      readonly productKey: string;
      readonly deviceKey: string;
      readonly generation: number;
      readonly clientIds: readonly {
        readonly clientId: string;
        readonly firstSeenAt: string;
        readonly lastSeenAt: string;
        readonly gatewayId: string | null;
      }[];
      readonly at: EpochMs;
    };

/** What came of one piece of news. */
export interface SessionStep {
  readonly device: DeviceSessions;
  readonly facts: readonly PresenceFact[];
  readonly commands: readonly SessionCommand[];
}
