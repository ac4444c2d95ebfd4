export { PORT_SETTINGS, requirePort, type PortName } from './app-ports.ts';
export { busOptions, requireKafka, type BusOptions } from './bus-options.ts';
export { loadToken, newGatewayKeys, newKeyRing } from './credentials-files.ts';
export { readGatewayKeys, readKeyRing } from './key-files.ts';
export { readiness, serveHealth } from './health-server.ts';
export { collectProcessMetrics, metricsText } from './metrics/process-metrics.ts';
export {
  counter,
  definedMetrics,
  gauge,
  histogram,
  one,
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type Sample,
} from './metrics/metrics.ts';
export { clockError, setAside, type SetAsideKind } from './metrics/shared-metrics.ts';
export { openHome, writeFileAtomically } from './home.ts';
export type { Home } from './home.types.ts';
export { createLogger, type Logger } from './logger.ts';
export { nameSetAside, publishAcceptable, type Aside } from './publish-acceptable.ts';
export { runApp, type App, type AppContext } from './run-app.ts';
export type { Checks, RunningService } from './running-service.ts';
export { loadSettings, parseConfigFile } from './settings.ts';
export { settingsHelp } from './settings-help.ts';
export type { Network } from './parse-networks.ts';
export type { DoorSettings, KafkaSettings, Settings } from './settings.types.ts';
export { createBusClock } from './bus-clock.ts';
export { systemClock, systemIds } from './system-ids.ts';
export { openTlsIdentities } from './tls/open-identities.ts';
export type { TlsIdentities, TlsIdentity } from './tls/tls-identity.types.ts';
export { untilReached } from './until-reached.ts';
