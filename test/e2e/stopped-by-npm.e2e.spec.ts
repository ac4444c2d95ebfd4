import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { endChild, until } from '../stack/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PORTS = ['HTTP', 'INTERNAL', 'MQTT', 'ENOS_MQTT'].map((name) => [
  `TALLYSTICK_${name}_PORT`,
  '0',
]);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('SIGTERM sent to npm alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  const home = join(folder, 'home');
  const read = (name: string): string => readFileSync(join(home, name), 'utf8');
  const { PATH = '', HOME = folder } = process.env;
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { PATH, HOME, TALLYSTICK_HOME: home, ...Object.fromEntries(PORTS) },
    stdio: 'ignore',
  });
  afterAll(async () => {
    await endChild(npm, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends the app within 15 s, and in order, although a client holds a call open', async () => {
    const port = (): number => {
      if (!existsSync(join(home, 'ports.json'))) return 0;
      return (JSON.parse(read('ports.json')) as Record<string, number>)['http'] ?? 0;
    };
    await until('the app is ready', 60_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${port()}/readyz`).catch(() => null);
      return answer?.ok ?? false;
    });
    const app = Number(read('lock'));
    const token = read('admin-token').trim();
    const client = connect(port(), '127.0.0.1').on('error', () => undefined);
    const head = ['POST /api/v1/products HTTP/1.1', 'host: x', `authorization: Bearer ${token}`];
    client.write(
      [...head, 'content-type: application/json', 'content-length: 9', '', '{'].join('\r\n'),
    );

    npm.kill('SIGTERM');

    await until('the app has ended', 15_000, () => !isRunning(app));
    expect(existsSync(join(home, 'lock'))).toBe(false);
    expect(existsSync(join(home, 'store.sqlite-wal'))).toBe(false);
  });
});
