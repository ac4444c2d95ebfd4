/** Bounds of one listener. Every buffer, queue and table of the transport has its line here. */
export interface MqttLimits {
  readonly maxConnections: number;
  /** Sockets whose CONNECT has not been admitted yet. */
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerAddress: number;
  /** From accept to a whole CONNECT, and again from there to the decision. */
  readonly connectSeconds: number;
  /** Remaining length of a CONNECT. */
  readonly maxConnectBytes: number;
  /** Remaining length of any later packet. */
  readonly maxPacketBytes: number;
  readonly subscriptions: number;
  /** Uplink messages of one connection that the authority has not settled; above it the socket is not read. */
  readonly unsettledPublishes: number;
  /** Inbound QoS 2 messages of one connection between PUBLISH and PUBREL; one more closes it. */
  readonly inboundQos2: number;
  /** Downlink QoS 1 messages of one connection on the wire and not yet acknowledged. */
  readonly inflight: number;
  /** Downlink messages of one session behind those, and their payload bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Unsent bytes of one socket above which a QoS 0 message is dropped. */
  readonly writeBufferBytes: number;
}

export const DEFAULT_MQTT_LIMITS: MqttLimits = {
  maxConnections: 100_000,
  maxHalfOpen: 4_096,
  maxHalfOpenPerAddress: 1_024,
  connectSeconds: 10,
  maxConnectBytes: 4_096,
  maxPacketBytes: 65_536,
  subscriptions: 64,
  unsettledPublishes: 32,
  inboundQos2: 100,
  inflight: 32,
  queuedMessages: 64,
  queuedBytes: 262_144,
  writeBufferBytes: 262_144,
};

/** Bounds of what outlives a connection; shared by all listeners of a process. */
export interface SessionTableLimits {
  /** Sessions with clean session 0 whose device is away; the longest away goes first. */
  readonly storedSessions: number;
  readonly storedSeconds: number;
  /** Payload bytes of all their queues together. */
  readonly storedBytes: number;
  readonly retainedTopics: number;
  readonly retainedTopicsPerKey: number;
  readonly retainedBytes: number;
}

export const DEFAULT_TABLE_LIMITS: SessionTableLimits = {
  storedSessions: 100_000,
  storedSeconds: 86_400,
  storedBytes: 67_108_864,
  retainedTopics: 1_000,
  retainedTopicsPerKey: 16,
  retainedBytes: 16_777_216,
};
