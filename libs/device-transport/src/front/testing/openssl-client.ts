import { spawn, type ChildProcess } from 'node:child_process';
import { waitUntil } from '../../mqtt/testing/wait-until.ts';

/** The openssl program as a client: it says more of a handshake, and does more, than Node's. */
export class OpensslClient {
  readonly #child: ChildProcess;
  output = '';
  ended = false;

  constructor(port: number, ...args: readonly string[]) {
    this.#child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${String(port)}`, ...args]);
    const take = (chunk: Buffer): void => void (this.output += chunk.toString('latin1'));
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.once('close', () => (this.ended = true));
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async says(text: string | RegExp): Promise<void> {
    const has = (): boolean =>
      typeof text === 'string' ? this.output.includes(text) : text.test(this.output);
    await waitUntil(() => has() || this.ended, `openssl to say ${String(text)}`);
    if (!has()) throw new Error(`openssl ended without ${String(text)}: ${this.output}`);
  }

  async whenEnded(): Promise<void> {
    await waitUntil(() => this.ended, 'openssl to end');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
