// Devices that log in: packets are made beforehand, so that the generator only moves bytes.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate } from 'mqtt-packet';
import { quantile } from '../figure.ts';
import { answerQuestions } from '../parts/answer.ts';
import type { ConnectLoad, ConnectLoaded } from './connect-load.types.ts';
import { loginsOf } from './logins.ts';

const PATIENCE_MS = 10_000;
const made = new Map<string, readonly Buffer[]>();

function packetsOf({ devices, wrong }: ConnectLoad): readonly Buffer[] {
  const name = JSON.stringify([devices, wrong]);
  const known = made.get(name);
  if (known !== undefined) return known;
  const packets = loginsOf(devices).map(({ clientId, username, password }) =>
    generate({
      ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 },
      ...{ clientId, username },
      password: Buffer.from(
        wrong ? password.replace(/^./, (c) => (c === '0' ? '1' : '0')) : password,
      ),
    }),
  );
  made.set(name, packets);
  return packets;
}

function open(port: number, tls: boolean): Socket {
  const address = { host: '127.0.0.1', port };
  // Who it is stands in the servers' own measure; a client's check of it would cost the client.
  // X25519, as devices have it: of what else this client knows, one server knows more than another.
  if (tls) return connectTls({ ...address, rejectUnauthorized: false, ecdhCurve: 'X25519' });
  return connect({ ...address, noDelay: true });
}

/**
 * Resolves with the code of CONNACK once the connection is over: an accepted one is closed here, a
 * refused one by the server.
 */
function login({ port, tls }: ConnectLoad, packet: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const socket = open(port, tls);
    let code = -1;
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (code === -1) code = chunk[3] ?? -1;
      if (code === 0) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(code));
    socket.write(packet);
  });
}

async function run(load: ConnectLoad): Promise<ConnectLoaded> {
  const packets = packetsOf(load);
  const codes: Record<string, number> = {};
  const latencies: number[] = [];
  let n = 0;
  const slot = async (): Promise<void> => {
    while (n < load.connections) {
      const packet = packets[n++ % packets.length] ?? Buffer.alloc(0);
      const start = performance.now();
      const code = await login(load, packet);
      latencies.push(performance.now() - start);
      codes[code] = (codes[code] ?? 0) + 1;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: load.inFlight }, slot));
  return {
    seconds: (performance.now() - start) / 1000,
    codes,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

answerQuestions(run);
