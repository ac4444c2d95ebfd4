import { pino, type Logger as PinoLogger } from 'pino';

/** Structured log lines on stderr. Field names that could hold a secret are cut out. */
export type Logger = Pick<PinoLogger, 'info' | 'warn' | 'error' | 'debug'>;

const REDACTED = [
  'password',
  'token',
  'secret',
  'deviceSecret',
  'productSecret',
  'deviceToken',
  'authorization',
  'clientId',
  'username',
];

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** A level that there is not counts as `warn`: nothing ends for the sake of its log. */
export function createLogger(app: string, level = process.env['LOG_LEVEL'] ?? 'warn'): PinoLogger {
  return pino(
    {
      name: app,
      level: LEVELS.includes(level) ? level : 'warn',
      base: { app },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
