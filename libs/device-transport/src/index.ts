export { DEFAULT_FRONT_LIMITS } from './front/front-limits.ts';
export { Door } from './front/door.ts';
export type { DoorLimit, DoorLimits, TurnedAway } from './front/door.ts';
export { createFront } from './front/front.ts';
export type { Arrival, Front, FrontLimits, FrontOptions } from './front/front.types.ts';
export type { ProxyNetwork } from './front/proxy-networks.ts';
export { createTlsDoor } from './front/tls-door.ts';
export type { TransportLog } from './front/transport-log.ts';
export type { TlsDoor, TlsDoorOptions, TlsIdentity } from './front/tls-door.ts';
export type { ConnackCode } from './mqtt/codec/replies.codec.ts';
export { DEFAULT_MQTT_LIMITS, DEFAULT_TABLE_LIMITS } from './mqtt/limits.ts';
export type { MqttLimits, SessionTableLimits } from './mqtt/limits.ts';
export { createMqttListener, type MqttListenerOptions } from './mqtt/mqtt-listener.ts';
export { createMqttWsListener } from './mqtt-ws/mqtt-ws-listener.ts';
export { createSessionTable, SessionTable } from './mqtt/session-table.ts';
export type { HttpHandler, HttpReply, HttpRequest } from './http/http-exchange.types.ts';
export {
  DEFAULT_HTTP_LIMITS,
  DEFAULT_TOKEN_LIMITS,
  type HttpLimits,
  type TokenLimits,
} from './http/http-limits.ts';
export { createHttpListener, type HttpListenerOptions } from './http/http-listener.ts';
export type { Published, TokenSession, TokenTerms } from './http/token-session.ts';
export {
  isToken,
  TokenSessions,
  type Opened,
  type OpenRequest,
  type TokenSessionsOptions,
} from './http/token-sessions.ts';
