export { assertNever } from './assert-never.ts';
export type { Brand } from './brand.ts';
export { parseRfc3339, toRfc3339, type EpochMs } from './instant.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { murmur2, partitionOf } from './murmur2.ts';
export { OncePerMinute } from './once-per-minute.ts';
export { Outage, type OutageReport } from './outage.ts';
export { isPortError, PortError, type PortErrorCode } from './port-error.ts';
export { err, ok, type Result } from './result.ts';
