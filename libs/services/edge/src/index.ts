export type { Home, PortName } from './home.types.ts';
export { createLogger, type Logger } from './logger.ts';
export type { Checks, RunningService } from './running-service.ts';
export type { KafkaSettings, Settings } from './settings.types.ts';
