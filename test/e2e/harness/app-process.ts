import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endChild, until } from '../../stack/processes.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type AppName = 'registry' | 'auth-gateway' | 'session-tracker' | 'all-in-one';
export type Ports = Readonly<Record<string, number>>;

/** One app as its own process, as `npm run app -- <name>` starts it. */
export interface AppProcess {
  readonly home: string;
  readonly pid: number;
  readonly ports: Ports;
  readonly url: string;
  /** The file's content in HOME, trimmed. */
  file(name: string): string;
  log(): string;
  readyz(): Promise<{ readonly ready: boolean; readonly checks: Readonly<Record<string, string>> }>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  /** Starts it again with the same HOME and settings. */
  restart(): Promise<void>;
}

const PORT_SETTINGS = {
  http: 'TALLYSTICK_HTTP_PORT',
  internal: 'TALLYSTICK_INTERNAL_PORT',
  health: 'TALLYSTICK_HEALTH_PORT',
  mqtt: 'TALLYSTICK_MQTT_PORT',
  enosMqtt: 'TALLYSTICK_ENOS_MQTT_PORT',
};

/** Any free ones at first; the same again after a restart, for others know them by then. */
function portSettings(ports: Ports): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PORT_SETTINGS).map(([name, setting]) => [setting, String(ports[name] ?? 0)]),
  );
}

/** The machine's environment less whatever Tallystick setting somebody has exported. */
function environment(
  home: string,
  settings: Readonly<Record<string, string>>,
  ports: Ports,
): Record<string, string | undefined> {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(TALLYSTICK_|KAFKA_|DATABASE_URL|VITEST|NODE_OPTIONS)/.test(name),
    ),
  );
  return { ...clean, ...portSettings(ports), ...settings, TALLYSTICK_HOME: home };
}

function readPorts(home: string): Ports | null {
  const file = join(home, 'ports.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : null;
}

export interface StartOptions {
  readonly readyWithinMs?: number;
  /** Do not wait for /readyz, only for the ports. */
  readonly waitReady?: boolean;
}

export async function startApp(
  name: AppName,
  home: string,
  settings: Readonly<Record<string, string>> = {},
  { readyWithinMs = 60_000, waitReady = true }: StartOptions = {},
): Promise<AppProcess> {
  mkdirSync(home, { recursive: true });
  let log = '';
  let child: ChildProcess;
  let ports: Ports = {};
  const launch = async (): Promise<void> => {
    child = spawn(process.execPath, ['deploy/run-app.mjs', name], {
      cwd: root,
      env: environment(home, settings, ports),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = child;
    const keep = (chunk: Buffer): void =>
      void (log = (log + chunk.toString('utf8')).slice(-100_000));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const healthPort = (): number | undefined => ports['http'] ?? ports['health'];
    await until(`${name} is ready; it said:\n${log}`, readyWithinMs, async () => {
      if (started.exitCode !== null)
        throw new Error(`${name} ended with ${started.exitCode}:\n${log}`);
      const published = readPorts(home);
      if (published !== null) ports = published;
      const port = healthPort();
      if (published === null || port === undefined) return false;
      if (!waitReady) return true;
      return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok ?? false;
    }).catch(async (error: unknown) => {
      await endChild(started, 'SIGKILL');
      throw new Error(`${String(error)}\n${log}`);
    });
  };
  await launch();
  return {
    home,
    get pid() {
      return child.pid ?? 0;
    },
    get ports() {
      return ports;
    },
    get url() {
      return `http://127.0.0.1:${ports['http'] ?? ports['health'] ?? 0}`;
    },
    file: (file) => readFileSync(join(home, file), 'utf8').trim(),
    log: () => log,
    readyz: async () => {
      const response = await fetch(
        `http://127.0.0.1:${ports['http'] ?? ports['health'] ?? 0}/readyz`,
      );
      return (await response.json()) as { ready: boolean; checks: Record<string, string> };
    },
    kill: () => endChild(child, 'SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGCONT');
      await endChild(child, 'SIGTERM');
    },
    restart: launch,
  };
}

/** A fault of a given length: the process stands still, and goes on as if nothing had happened. */
export async function stoppedFor(
  app: AppProcess,
  milliseconds: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  app.pause();
  await Promise.all([new Promise((resolve) => setTimeout(resolve, milliseconds)), meanwhile()]);
  app.resume();
}
