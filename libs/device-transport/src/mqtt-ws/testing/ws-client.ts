import { createWebSocketStream, WebSocket } from 'ws';
import type { Duplex } from 'node:stream';
import { RawClient } from '../../mqtt/testing/raw-client.ts';

/** Raw MQTT in a WebSocket: each `send` is one binary message. */
export interface WsClient extends RawClient<Duplex> {
  readonly ws: WebSocket;
}

export function openWs(port: number): Promise<WsClient> {
  const ws = new WebSocket(`ws://127.0.0.1:${String(port)}/mqtt`, 'mqtt');
  return new Promise((resolve, reject) => {
    ws.once('error', reject);
    ws.once('open', () => {
      ws.off('error', reject);
      const stream = createWebSocketStream(ws);
      // The stream itself ends only when both sides have.
      ws.once('close', () => stream.destroy());
      resolve(Object.assign(new RawClient<Duplex>(stream), { ws }));
    });
  });
}
