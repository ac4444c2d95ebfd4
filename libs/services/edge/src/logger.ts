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

/** Lines beyond it are dropped while stderr does not take any. */
const HELD_BYTES = 1_048_576;

/**
 * Stderr may be a file on a disk that is full. The driver throws where nobody listens, and at the
 * exit tries for ever to write what it holds: both would hang the app for the sake of its log.
 */
function openStderr() {
  const opened = pino.destination({ fd: 2, sync: false, maxLength: HELD_BYTES });
  let fails = false;
  opened.on('error', () => (fails = true));
  opened.on('write', () => (fails = false));
  const giveUp = (): void => {
    if (fails) opened.destroy();
  };
  // Before the driver's own.
  process.prependListener('beforeExit', giveUp);
  process.prependListener('exit', giveUp);
  return opened;
}

/** One for all logs of a process. */
let stderr: ReturnType<typeof openStderr> | null = null;

/** A level that there is not counts as `warn`: nothing ends for the sake of its log. */
export function createLogger(app: string, level = process.env['LOG_LEVEL'] ?? 'warn'): PinoLogger {
  return pino(
    {
      name: app,
      level: LEVELS.includes(level) ? level : 'warn',
      base: { app },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    (stderr ??= openStderr()),
  );
}
