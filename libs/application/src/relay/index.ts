export { createRelayMapper, type RelayMapperDeps } from './relay-mapper.ts';
export { toRelayRecords, toTicks, type RelayInput } from './relay-records.ts';
