export { DEFAULT_FRONT_LIMITS } from './front/front-limits.ts';
export type { DoorLimit, TurnedAway } from './front/door.ts';
export { createFront } from './front/front.ts';
export type {
  Arrival,
  Front,
  FrontLimits,
  FrontOptions,
  TransportLog,
} from './front/front.types.ts';
export type { ProxyNetwork } from './front/proxy-networks.ts';
export { createTlsDoor } from './front/tls-door.ts';
export type { TlsDoor, TlsDoorOptions, TlsIdentity } from './front/tls-door.ts';
export type { ConnackCode } from './mqtt/codec/replies.codec.ts';
export { DEFAULT_MQTT_LIMITS, DEFAULT_TABLE_LIMITS } from './mqtt/limits.ts';
export type { MqttLimits, SessionTableLimits } from './mqtt/limits.ts';
export { createMqttListener, type MqttListenerOptions } from './mqtt/mqtt-listener.ts';
export { createSessionTable, SessionTable } from './mqtt/session-table.ts';
