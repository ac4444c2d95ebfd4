import { openHome } from './home.ts';
import type { Home } from './home.types.ts';
import { createLogger, type Logger } from './logger.ts';
import { collectProcessMetrics } from './metrics/process-metrics.ts';
import { whenParentIsGone } from './parent-watch.ts';
import { loadSettings } from './settings.ts';
import { settingsHelp } from './settings-help.ts';
import type { Settings } from './settings.types.ts';
import { describeStartFailure } from './start-failure.ts';
import { whenReady } from './when-ready.ts';

export interface AppContext {
  readonly settings: Settings;
  readonly home: Home;
  readonly logger: Logger;
  /**
   * For an app that cannot go on: ends it as SIGTERM does, but with exit code 1, so that its
   * supervisor starts it again.
   */
  readonly end: () => void;
}

/** A started app. */
export interface App {
  /** As /readyz has it. */
  ready(): boolean;
  /** Said on the terminal once it is ready: it is up, and where. */
  readonly up: string;
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 12_000;
const SAME_SIGNAL_MS = 2_000;

/** Prints to the terminal without npm's or a logger's dress. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

function readSettings(name: string): Settings {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    say(
      `Tallystick ${name}. Settings (environment, or KEY=value lines in the file that TALLYSTICK_CONFIG names):\n${settingsHelp(name)}`,
    );
    process.exit(0);
  }
  const loaded = loadSettings(process.env);
  if (loaded.ok) return loaded.value;
  for (const problem of loaded.error) process.stderr.write(`${name}: ${problem}\n`);
  return process.exit(2);
}

/** Says what went wrong at the start; what no operator can act on goes to the log. */
function explain(name: string, error: unknown, settings: Settings, logger: Logger): void {
  const words = describeStartFailure(error, settings);
  if (words === null) logger.error({ err: error }, 'could not start');
  else process.stderr.write(`${name}: ${words}\n`);
}

type Stop = (code: number) => Promise<void>;

/** Everything that stops an app cleanly: signals, a defect, and the end of its parent. */
function listenForTheEnd(stop: Stop, stopping: () => boolean, logger: Logger): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  // A parent that dies in the middle of a stop must not cut it short, as a second signal would.
  whenParentIsGone(() => (stopping() ? undefined : void stop(0)));
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'a defect: an unhandled rejection');
    void stop(70);
  });
}

/**
 * The life of an app: settings, HOME, start, and a clean stop within 15 s on SIGTERM or SIGINT, or
 * when its bootstrap is gone. A second signal, or a stop that hangs, ends the process at once.
 */
export async function runApp(
  name: string,
  start: (context: AppContext) => Promise<App>,
): Promise<void> {
  const settings = readSettings(name);
  const logger = createLogger(name);
  let home: Home | undefined;
  let stoppingSince = 0;
  const started: { app?: App } = {};
  const stop: Stop = async (code) => {
    // Ctrl-C reaches this process twice: from the terminal, and passed on by its parent.
    if (stoppingSince > 0 && Date.now() - stoppingSince < SAME_SIGNAL_MS) return;
    if (stoppingSince > 0) process.exit(code || 130);
    stoppingSince = Date.now();
    setTimeout(() => process.exit(code || 1), STOP_WITHIN_MS).unref();
    await started.app
      ?.stop()
      .catch((error: unknown) => logger.error({ err: error }, 'stopped with an error'));
    home?.release();
    process.exit(code);
  };
  const stopping = (): boolean => stoppingSince > 0;
  listenForTheEnd(stop, stopping, logger);
  collectProcessMetrics();
  try {
    home = openHome(settings.home);
    const app = await start({ settings, home, logger, end: () => void stop(1) });
    started.app = app;
    whenReady(
      () => !stopping() && app.ready(),
      () => say(app.up),
    );
  } catch (error) {
    explain(name, error, settings, logger);
    home?.release();
    process.exit(1);
  }
}
