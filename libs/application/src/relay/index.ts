export { createRelayMapper, type RelayMapper, type RelayMapperDeps } from './relay-mapper.ts';
export { toRelayRecords, toTicks, type RelayInput } from './relay-records.ts';
