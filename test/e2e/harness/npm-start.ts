import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PORT_SETTINGS } from '@tallystick/services-edge';
import { until } from '../../stack/processes.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const PORTS = Object.fromEntries(Object.values(PORT_SETTINGS).map((setting) => [setting, '0']));

/**
 * The platform as an operator starts it: behind a process of another kind, which is not the app
 * itself.
 */
export interface StartedByNpm {
  /** What was started: npm, or the bootstrap. */
  readonly starter: ChildProcess;
  readonly port: number;
  /** Waits until /readyz answers 200. */
  ready(): Promise<void>;
  /** The file's content in HOME, trimmed. */
  file(name: string): string;
  has(name: string): boolean;
  /** Whether the app's own process, which was ready, still runs. */
  appRuns(): boolean;
  /** Ends what a failed test has left, and takes HOME away. */
  remove(): void;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

class Started implements StartedByNpm {
  readonly starter: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  readonly #home = join(this.#folder, 'home');
  #app = 0;

  constructor(command: string, args: readonly string[]) {
    const { PATH = '', HOME = this.#folder } = process.env;
    this.starter = spawn(command, [...args], {
      cwd: root,
      env: { PATH, HOME, TALLYSTICK_HOME: this.#home, ...PORTS },
      stdio: 'ignore',
    });
  }

  get port(): number {
    if (!this.has('ports.json')) return 0;
    return (JSON.parse(this.file('ports.json')) as Record<string, number>)['http'] ?? 0;
  }

  async ready(): Promise<void> {
    await until('the app is ready', 60_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null);
      return answer?.ok ?? false;
    });
    this.#app = Number.parseInt(this.file('lock'), 10);
  }

  file(name: string): string {
    return readFileSync(join(this.#home, name), 'utf8').trim();
  }

  has(name: string): boolean {
    return existsSync(join(this.#home, name));
  }

  appRuns(): boolean {
    return this.#app > 0 && isRunning(this.#app);
  }

  remove(): void {
    if (this.appRuns()) process.kill(this.#app, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const startByNpm = (): StartedByNpm => new Started('npm', ['start']);

/** What npm runs: without npm, so that it can be killed by its own id. */
export const startByBootstrap = (): StartedByNpm =>
  new Started(process.execPath, ['deploy/bootstrap.mjs', 'start']);
