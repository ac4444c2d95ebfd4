import { connect, type TLSSocket } from 'node:tls';
import { RecordingAuthority } from '@tallystick/test-kit';
import type { DeviceListener } from '@tallystick/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { newIdentity } from '../front/testing/identities.ts';
import { createTlsDoor } from '../front/tls-door.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { listenFor } from './testing/listen-for.ts';
import { RawHttp } from './testing/raw-http.ts';

const silent = (): void => undefined;
const identity = newIdentity('ec');

let listener: DeviceListener<string> | null = null;
afterEach(() => listener?.close());

async function open(): Promise<DeviceListener<string>> {
  const log = { warn: silent, debug: silent };
  const tls = createTlsDoor({ identities: [identity], pskOf: () => Buffer.alloc(32), log });
  return (listener = await listenFor(new RecordingAuthority(), { tls }));
}

const REQUEST = 'POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nup';

async function askOverTls(port: number): Promise<{ socket: TLSSocket; text: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', ca: identity.certPem });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', silent);
  socket.write(REQUEST);
  await waitUntil(() => text.includes('"text":"up"'), 'an answer');
  return { socket, text: () => text };
}

describe('one port', () => {
  it('takes HTTP and HTTPS by the first byte', async () => {
    const { port } = await open();
    const plain = await RawHttp.open(port);
    plain.send(REQUEST);
    expect((await plain.next()).status).toBe(200);
    const { socket } = await askOverTls(port);
    socket.write(REQUEST);
    socket.destroy();
  });

  it('keeps a TLS connection open for the next request, and answers broken bytes', async () => {
    const { port } = await open();
    const { socket, text } = await askOverTls(port);
    const before = text().length;
    socket.write(REQUEST);
    await waitUntil(() => text().length >= before * 2, 'the second answer');
    socket.write('garbage\r\n\r\n');
    await waitUntil(() => text().includes('HTTP/1.1 400 Bad Request'), 'a refusal');
    await waitUntil(() => socket.destroyed, 'a close');
  });

  it('lets nobody hold it who dies in the middle', async () => {
    const opened = await open();
    for (const end of ['destroy', 'end'] as const) {
      const socket = connect({ port: opened.port, host: '127.0.0.1', ca: identity.certPem });
      socket.on('error', silent);
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      socket.write(REQUEST.slice(0, -1));
      socket[end]();
    }
    await opened.close();
  });
});
