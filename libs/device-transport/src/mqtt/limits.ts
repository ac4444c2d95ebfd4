import { DEFAULT_FRONT_LIMITS } from '../front/front-limits.ts';
import type { FrontLimits } from '../front/front.types.ts';

/**
 * Bounds of one listener. Every buffer, queue and table of the transport has its line here. Half
 * open are sockets whose CONNECT has not been admitted yet.
 */
export interface MqttLimits extends FrontLimits {
  /** From arrival to a whole CONNECT, and again from there to the decision. */
  readonly connectSeconds: number;
  /** Remaining length of a CONNECT. */
  readonly maxConnectBytes: number;
  /** Remaining length of any later packet. */
  readonly maxPacketBytes: number;
  /**
   * Bytes of all sessions of one listener together: packets that are not whole yet, QoS 2 messages
   * that are not released, queues, and what is not read by its peer. Above it whoever holds more
   * than a few of them is ended.
   */
  readonly sharedBytes: number;
  /**
   * Filters of one session, bytes of one filter, and bytes of all filters with the memory that each
   * entry takes.
   */
  readonly subscriptions: number;
  readonly filterBytes: number;
  readonly subscriptionBytes: number;
  /**
   * Uplink messages of one connection that the authority has not settled, and their bytes; above it
   * the socket is not read.
   */
  readonly unsettledPublishes: number;
  readonly unsettledBytes: number;
  /**
   * Inbound QoS 2 messages of one connection between PUBLISH and PUBREL, and their bytes; one more
   * closes it.
   */
  readonly inboundQos2: number;
  readonly inboundQos2Bytes: number;
  /**
   * Downlink QoS 1 messages of one connection on the wire and not yet acknowledged, and their
   * bytes; one is always let through.
   */
  readonly inflight: number;
  readonly inflightBytes: number;
  /** Downlink messages of one session behind those, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Unsent bytes of one socket above which a QoS 0 message is dropped. */
  readonly writeBufferBytes: number;
}

export const DEFAULT_MQTT_LIMITS: MqttLimits = {
  ...DEFAULT_FRONT_LIMITS,
  connectSeconds: 10,
  maxConnectBytes: 4_096,
  maxPacketBytes: 262_144,
  sharedBytes: 268_435_456,
  subscriptions: 64,
  filterBytes: 256,
  subscriptionBytes: 20_480,
  unsettledPublishes: 32,
  unsettledBytes: 1_048_576,
  inboundQos2: 100,
  inboundQos2Bytes: 1_048_576,
  inflight: 32,
  inflightBytes: 262_144,
  queuedMessages: 64,
  queuedBytes: 262_144,
  writeBufferBytes: 262_144,
};

/** Bounds of what outlives a connection; shared by all listeners of a process. */
export interface SessionTableLimits {
  /** Sessions with clean session 0 whose device is away; the longest away goes first. */
  readonly storedSessions: number;
  readonly storedSeconds: number;
  /** Bytes of all their filters together; the longest away goes first. */
  readonly storedBytes: number;
  /**
   * Bytes of the filters of all live sessions together; above it a SUBSCRIBE is answered with 0x80.
   */
  readonly subscriptionBytes: number;
  readonly retainedTopics: number;
  readonly retainedTopicsPerKey: number;
  /** Topics and payloads. */
  readonly retainedBytes: number;
}

export const DEFAULT_TABLE_LIMITS: SessionTableLimits = {
  storedSessions: 100_000,
  storedSeconds: 86_400,
  storedBytes: 134_217_728,
  subscriptionBytes: 268_435_456,
  retainedTopics: 1_000,
  retainedTopicsPerKey: 16,
  retainedBytes: 16_777_216,
};
