export type { ConnackCode } from './mqtt/codec/replies.codec.ts';
export type { DoorLimit, TurnedAway } from './mqtt/door.ts';
export { DEFAULT_MQTT_LIMITS, DEFAULT_TABLE_LIMITS } from './mqtt/limits.ts';
export type { MqttLimits, SessionTableLimits } from './mqtt/limits.ts';
export type { TransportLog } from './mqtt/listener-context.ts';
export { createMqttListener, type MqttListenerOptions } from './mqtt/mqtt-listener.ts';
export { createSessionTable, SessionTable } from './mqtt/session-table.ts';
