import type { CloseReason } from './sessions.types.ts';

/** Records of internal.commands.v1. Every gateway reads all; each acts on what names it. */
export type BusCommand =
  /** Ends one session, and no other: a session id is never used twice. */
  | {
      readonly kind: 'kick';
      readonly sessionId: string;
      readonly gatewayId: string;
      readonly reason: CloseReason;
      readonly at: number;
    }
  /**
   * The tracker has closed all sessions of this term: the gateway starts the next term and
   * announces what is live.
   */
  | {
      readonly kind: 'fence';
      readonly gatewayId: string;
      readonly incarnation: string;
      readonly term: number;
      readonly at: number;
    }
  /** Evidence of a cloned identity, for the registry. */
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
      readonly at: number;
    };
