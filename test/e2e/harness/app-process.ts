import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '@tallystick/ports';
import { PORT_SETTINGS } from '@tallystick/services-edge';
import { endChild, until } from '../../stack/processes.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type AppName = 'registry' | 'auth-gateway' | 'session-tracker' | 'all-in-one';
export type Ports = Readonly<Record<string, number>>;

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** One app as its own process, as `npm run app -- <name>` starts it. */
export interface AppProcess {
  readonly home: string;
  readonly pid: number;
  /** Null while it runs, or when a signal ended it. */
  readonly exitCode: number | null;
  readonly ports: Ports;
  readonly url: string;
  /** The file's content in HOME, trimmed. */
  file(name: string): string;
  log(): string;
  readyz(): Promise<Readiness>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  /** Starts it again with the same HOME and settings. */
  restart(options?: StartOptions): Promise<void>;
}

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

/** Null while there is none: an app that starts takes away what its predecessor left. */
function readPorts(home: string): Ports | null {
  try {
    return JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as Ports;
  } catch {
    return null;
  }
}

export interface StartOptions {
  readonly readyWithinMs?: number;
  /** Do not wait for /readyz, only for the ports. */
  readonly waitReady?: boolean;
}

class Launched implements AppProcess {
  readonly home: string;
  ports: Ports = {};
  readonly #name: AppName;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #options: Required<StartOptions>;
  #child: ChildProcess | null = null;
  #log = '';

  constructor(
    name: AppName,
    home: string,
    settings: Readonly<Record<string, string>>,
    options: Required<StartOptions>,
  ) {
    this.home = home;
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  async restart(options: StartOptions = {}): Promise<void> {
    const { readyWithinMs, waitReady } = { ...this.#options, ...options };
    const child = spawn(process.execPath, ['deploy/run-app.mjs', this.#name], {
      cwd: root,
      env: environment(this.home, this.#settings, this.ports),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const keep = (chunk: Buffer): void =>
      void (this.#log = (this.#log + chunk.toString('utf8')).slice(-100_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    try {
      await until(`${this.#name} is ready`, readyWithinMs, () => this.#isReady(child, waitReady));
    } catch (error) {
      await endChild(child, 'SIGKILL');
      throw new Error(`${String(error)}\n${this.#log}`, { cause: error });
    }
  }

  async #isReady(child: ChildProcess, waitReady: boolean): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`${this.#name} ended with ${child.exitCode}`);
    const published = readPorts(this.home);
    if (published === null) return false;
    this.ports = published;
    if (this.#httpPort() === 0) return false;
    if (!waitReady) return true;
    const ready = (await fetch(`${this.url}/readyz`).catch(() => null))?.ok ?? false;
    // All ports stand there before it is ready, but not all before it was asked.
    if (ready) this.ports = readPorts(this.home) ?? this.ports;
    return ready;
  }

  #httpPort(): number {
    return this.ports['http'] ?? this.ports['health'] ?? 0;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#httpPort()}`;
  }

  file(name: string): string {
    return readFileSync(join(this.home, name), 'utf8').trim();
  }

  log(): string {
    return this.#log;
  }

  async readyz(): Promise<Readiness> {
    return (await (await fetch(`${this.url}/readyz`)).json()) as Readiness;
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  stop(): Promise<void> {
    this.resume();
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child !== null) await endChild(this.#child, signal);
  }
}

export async function startApp(
  name: AppName,
  home: string,
  settings: Readonly<Record<string, string>> = {},
  { readyWithinMs = 60_000, waitReady = true }: StartOptions = {},
): Promise<AppProcess> {
  mkdirSync(home, { recursive: true });
  const app = new Launched(name, home, settings, { readyWithinMs, waitReady });
  await app.restart();
  return app;
}

/** A fault of a given length: the process stands still, and goes on as if nothing had happened. */
export async function stoppedFor(
  app: AppProcess,
  milliseconds: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  app.pause();
  await Promise.all([pause(milliseconds), meanwhile()]);
  app.resume();
}
