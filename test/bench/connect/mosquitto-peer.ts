import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { certificateIn } from '../../clients/certificate.ts';
import { freePorts } from '../../stack/free-port.ts';
import { endChild, runToEnd, spawn, until } from '../../stack/processes.ts';
import type { NumberedDevices } from '../parts/devices.ts';
import { loginsOf } from './logins.ts';

export interface MosquittoPeer {
  readonly pid: number;
  readonly port: number;
  readonly tlsPort: number;
  stop(): Promise<void>;
}

/** Debian puts the broker where only root's PATH looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

function locate(command: string): string | null {
  const found = runToEnd('sh', ['-c', `command -v ${command}`], 5_000, { PATH });
  return found.status === 0 ? found.output.trim() : null;
}

function writePasswords(file: string, devices: NumberedDevices, hash: string): void {
  const lines = loginsOf(devices).map(({ username, password }) => `${username}:${password}\n`);
  writeFileSync(file, lines.join(''));
  // Replaces each plain password by its hash (PBKDF2-SHA512, 101 rounds).
  const hashed = runToEnd(hash, ['-U', file], 120_000);
  if (hashed.status !== 0) throw new Error(`mosquitto_passwd: ${hashed.output}`);
  chmodSync(file, 0o644);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const say = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}

/**
 * Mosquitto with a password file of the same devices, and the same certificate from `folder`; null
 * where it is not installed.
 */
export async function startMosquitto(
  folder: string,
  devices: NumberedDevices,
): Promise<MosquittoPeer | null> {
  const broker = locate('mosquitto');
  const hash = locate('mosquitto_passwd');
  if (broker === null || hash === null) return null;
  const home = mkdtempSync(join(folder, 'mosquitto-'));
  // Started as root it becomes the user mosquitto, who has to read its files.
  for (const path of [folder, home]) chmodSync(path, 0o755);
  const passwords = join(home, 'passwords');
  writePasswords(passwords, devices, hash);
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const { certificate, key } = certificateIn(folder);
  for (const file of [certificate, key]) chmodSync(file, 0o644);
  const config = join(home, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    `password_file ${passwords}`,
    'persistence false',
    'set_tcp_nodelay true',
    `listener ${tlsPort} 127.0.0.1`,
    `certfile ${certificate}`,
    `keyfile ${key}`,
    'log_dest none',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  chmodSync(config, 0o644);
  const child = spawn(broker, ['-c', config], { stdio: 'ignore' });
  await until('Mosquitto answers', 30_000, () => {
    if (child.exitCode !== null) throw new Error(`Mosquitto ended with ${child.exitCode}`);
    return answers(port);
  });
  return { pid: child.pid ?? 0, port, tlsPort, stop: () => endChild(child, 'SIGTERM') };
}
