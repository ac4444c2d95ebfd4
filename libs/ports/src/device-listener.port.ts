/**
 * What a device said of itself in CONNECT, byte-checked but not verified. Passwords are never
 * logged.
 */
export interface ConnectClaim {
  /** Which of the gateway's listeners it came in by. */
  readonly listener: 'mqtt' | 'enosMqtt';
  readonly transport: 'tcp' | 'tls';
  /** `ip:port`. */
  readonly remoteAddress: string;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Uint8Array | null;
  readonly keepAliveSeconds: number;
  readonly cleanSession: boolean;
  /** Null: no will. */
  readonly willTopic: string | null;
}

/** A CONNECT that the transport refused by itself; its names as far as they could be read. */
export interface RefusedConnect {
  readonly remoteAddress: string;
  readonly code: RefusalCode;
  readonly clientId: string | null;
  readonly username: string | null;
}

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
export type RefusalCode = 1 | 2 | 3 | 4 | 5;

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
  readonly qos: 0 | 1;
}

/** What the authority grants. `Identity` is the authority's own; the transport only carries it. */
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
  /** Pushed right after CONNACK without any subscription. */
  readonly greeting: readonly OutgoingMessage[];
  /**
   * Closed by the gateway after this long; null: never. A session that only fetches a secret has 15
   * 000.
   */
  readonly closeAfterMs: number | null;
  /** Beyond it the session ends, reason `silence`; null: any. `allowSilence` changes it. */
  readonly silence: SilenceRule | null;
  /** Not a presence: it neither takes over nor is taken over. */
  readonly fetchOnly: boolean;
}

export type ConnectDecision<Identity> =
  { readonly admit: Admission<Identity> } | { readonly refuse: RefusalCode };

/** Why a session ended, seen from the transport; a cut carries the word its caller gave. */
export type TransportCloseReason =
  | 'client'
  | 'connection-lost'
  | 'keep-alive'
  | 'silence'
  | 'taken-over'
  /** The listener was closed in order. */
  | 'gateway-closing'
  /** Published, or said as its will, to a topic that is not its own. */
  | 'topic-refused'
  | 'packet-too-large'
  | 'protocol-error'
  /**
   * A bound of the gateway was reached: of what one session may have open, or of what waits for the
   * bus.
   */
  | 'limit'
  | 'time-up'
  | (string & {});

export interface DeviceSession<Identity> {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly identity: Identity;
  readonly claim: Omit<ConnectClaim, 'password' | 'username' | 'willTopic'>;
  readonly openedAt: number;
}

/** Decides and is told. The transport calls it; it knows no socket. */
export interface DeviceAuthority<Identity> {
  /**
   * Called once per CONNECT that is well-formed. A promise holds the CONNACK back; if the socket
   * dies meanwhile, `abandoned` is called with the late admission.
   */
  decide(claim: ConnectClaim): ConnectDecision<Identity> | Promise<ConnectDecision<Identity>>;
  /**
   * The CONNECT was refused by the transport itself before any decision (protocol version 1,
   * identifier 2). Malformed bytes are closed without a word.
   */
  refused(claim: RefusedConnect): void;
  /** The session is live; its CONNACK has been handed to the socket. */
  opened(session: DeviceSession<Identity>): void;
  /** Exactly once for each session opened. */
  closed(session: DeviceSession<Identity>, reason: TransportCloseReason): void;
  /**
   * CONNACK and greeting have reached the kernel's send buffer entirely (true) or the socket died
   * before (false). Called once for each admission that has a greeting.
   */
  greeted(admission: Admission<Identity>, delivered: boolean): void;
  /**
   * An uplink message on a topic that mayPublish allowed. `done(true)` sends the PUBACK;
   * `done(false)`: it cannot be taken now, the session is closed (`limit`).
   */
  published(
    session: DeviceSession<Identity>,
    message: { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 | 2 },
    done: (accepted: boolean) => void,
  ): void;
}

export interface DeviceListener {
  /** The port it listens on (the real one where 0 was asked). */
  readonly port: number;
  /**
   * From now on, for a live session; counted from what was heard of it last. Nothing happens if it
   * is not here.
   */
  allowSilence(sessionId: string, rule: SilenceRule | null): void;
  /**
   * Closes that one session now; false if it is not here. `closed` is called with the reason before
   * it returns.
   */
  cut(sessionId: string, reason: string): boolean;
  /**
   * Stops accepting, closes every session (`gateway-closing`), resolves when all sockets are gone.
   */
  close(): Promise<void>;
}
