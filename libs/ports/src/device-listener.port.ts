// Sessions of devices, whatever carries them. A listener frames, bounds and times them, an
// authority decides who gets one and is told what becomes of it. What a wire has of its own (its
// packets, its return codes) stays behind the listener.

/**
 * What a device says of itself to get a session: well-formed, but not verified. Passwords are never
 * logged.
 */
export interface SessionClaim {
  /** Which of the gateway's listeners it came in by: the name it was opened with. */
  readonly listener: string;
  /** `ws`: MQTT in a WebSocket, over TLS too. */
  readonly transport: 'tcp' | 'tls' | 'ws' | 'http';
  /** `ip:port`. */
  readonly remoteAddress: string;
  /** The TLS-PSK identity that the handshake has proven; null: none. */
  readonly pskIdentity: string | null;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Uint8Array | null;
  /** It means to be heard at least so often; 0: it promises nothing. */
  readonly keepAliveSeconds: number;
  /** Where the listener is to publish a last message once the device is lost; null: nowhere. */
  readonly willTopic: string | null;
}

/**
 * What a listener itself finds wrong with a claim: the version of its protocol, a client id that
 * cannot be one, or a topic of the last message that cannot be one.
 */
export type ClaimFault = 'protocol-version' | 'client-id' | 'will-topic';

/** A claim that the listener refused by itself; its names as far as they could be read. */
export interface FaultyClaim {
  readonly remoteAddress: string;
  readonly fault: ClaimFault;
  readonly clientId: string | null;
  readonly username: string | null;
}

/**
 * How long a session may be silent, and what breaks the silence: any packet, or only what the
 * device publishes.
 */
export interface SilenceRule {
  readonly seconds: number;
  readonly counts: 'packet' | 'message';
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** 1: the device acknowledges it. */
  readonly qos: 0 | 1;
}

/** What the authority grants. `Identity` is the authority's own; the listener only carries it. */
export interface Admission<Identity> {
  /** Sessions of one key take each other over: the newest wins. Never taken from the wire. */
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly identity: Identity;
  /**
   * May this session publish to (subscribe to) the topic (filter)? Called with valid topics and
   * filters only.
   */
  readonly mayPublish: (topic: string) => boolean;
  readonly maySubscribe: (filter: string) => boolean;
  /**
   * Topics and filters that a policy opened beyond the device's own: routed between sessions as a
   * broker does. Absent: none.
   */
  readonly isShared?: (topicOrFilter: string) => boolean;
  /**
   * Sent right after the device was told that it is in, without any subscription. That of a session
   * that only fetches is sent again after each subscription that covers it: its device may have
   * dropped what came before.
   */
  readonly greeting: readonly OutgoingMessage[];
  /**
   * Closed by the listener after this long; null: never. A session that only fetches a secret has
   * 15 000.
   */
  readonly closeAfterMs: number | null;
  /** Beyond it the session ends, reason `silence`; null: any. `allowSilence` changes it. */
  readonly silence: SilenceRule | null;
  /** Not a presence: it neither takes over nor is taken over, and is not told of but at its end
   * (`fetchEnded`). */
  readonly fetchOnly: boolean;
}

/**
 * `Refusal` is the authority's own word for why; each listener answers it in its own wire's terms.
 */
export type SessionDecision<Identity, Refusal> =
  { readonly admit: Admission<Identity> } | { readonly refuse: Refusal };

/** Why the transport itself ended a session. */
export type TransportEnd =
  | 'client'
  | 'connection-lost'
  | 'keep-alive'
  | 'silence'
  | 'taken-over'
  /** The listener was closed in order. */
  | 'gateway-closing'
  /** Published, or said as its last message, to a topic that is not its own. */
  | 'topic-refused'
  | 'packet-too-large'
  | 'protocol-error'
  /**
   * A bound of the gateway was reached: of what one session may have open, or of what waits for the
   * bus.
   */
  | 'limit'
  | 'time-up';

/** Why a session ended, seen from the listener; a cut carries the word its caller gave. */
export type TransportCloseReason = TransportEnd | (string & {});

export interface DeviceSession<Identity> {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly identity: Identity;
  readonly claim: Omit<SessionClaim, 'password' | 'username' | 'willTopic' | 'pskIdentity'>;
  readonly openedAt: number;
}

/** Decides and is told. The listener calls it; it knows no socket. */
export interface DeviceAuthority<Identity, Refusal> {
  /**
   * Called once for each claim without a fault. A promise holds the answer back. If the device has
   * gone by then, or a newer claim of the same key was admitted before, a late admission opens
   * nothing: all that is told is `greeted` with false, where it has a greeting. If it throws or
   * rejects, the device is asked to try again.
   */
  decide(
    claim: SessionClaim,
  ): SessionDecision<Identity, Refusal> | Promise<SessionDecision<Identity, Refusal>>;
  /**
   * A claim was refused by the listener itself before any decision. Bytes that are no claim at all
   * are told of to nobody, and get no answer.
   */
  refused(claim: FaultyClaim): void;
  /** The session is live; the device's answer has been handed to the wire. */
  opened(session: DeviceSession<Identity>): void;
  /** Exactly once for each session opened; for one key before the next one's `opened`. */
  closed(session: DeviceSession<Identity>, reason: TransportCloseReason): void;
  /** A session that only fetches has ended, and was not promoted. Exactly once for each. */
  fetchEnded(session: DeviceSession<Identity>, reason: TransportCloseReason): void;
  /**
   * Answer and greeting have left this process entirely (true), or the device was gone before
   * (false). Called once for each admission that has a greeting.
   */
  greeted(admission: Admission<Identity>, delivered: boolean): void;
  /**
   * A message of the device, on a topic that mayPublish allowed. `done(true)` acknowledges it, in
   * the order the messages came; `done(false)`: it cannot be taken now, the session is closed
   * (`limit`). Who settles nothing is handed no more after a while. The session may be one that
   * only fetches and was never told of.
   */
  published(
    session: DeviceSession<Identity>,
    message: { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 | 2 },
    done: (accepted: boolean) => void,
  ): void;
}

export interface DeviceListener<Identity> {
  /** The port it listens on (the real one where 0 was asked). */
  readonly port: number;
  /**
   * From now on, for a live session; counted from what was heard of it last. Nothing happens if it
   * is not here.
   */
  allowSilence(sessionId: string, rule: SilenceRule | null): void;
  /**
   * To one session that is here, also one that only fetches; it needs no subscription. True: the
   * message is on its way, or waits behind others. False: the session is not here, or has no room
   * for it.
   */
  send(sessionId: string, message: OutgoingMessage): boolean;
  /**
   * Makes a session that only fetches the device's own, under the same session id and claim: it
   * takes the key of the admission over as the CONNECT it came by, what the admission allows holds
   * from now on, and `opened` is called before it returns. The admission's greeting is not sent.
   * False: no such session is here, or a newer claim holds the key (then it is closed,
   * `taken-over`).
   */
  promote(sessionId: string, admission: Admission<Identity>): boolean;
  /**
   * Closes that one session now; false if it is not here. `closed` is called with the reason before
   * it returns.
   */
  cut(sessionId: string, reason: string): boolean;
  /**
   * Stops accepting, closes every session (`gateway-closing`), resolves when all connections are
   * gone. May be called again.
   */
  close(): Promise<void>;
}
