// HTTP/1.1 by hand over node:net, so that the generator costs a fraction of what it loads.
import { connect, type Socket } from 'node:net';
import { quantile } from '../figure.ts';
import { answerQuestions } from './answer.ts';
import { deviceKeyOf, secretOf } from './devices.ts';
import type { HttpLoad, HttpLoaded } from './http-load.types.ts';

const LENGTH = /\r\ncontent-length: *(\d+)/i;
const POSITION = /\r\ntallystick-position: *(\d+)/i;

interface Response {
  readonly status: number;
  readonly position: number;
  readonly text: string;
}

/**
 * One response off the front; null: not all of it is there. Every answer here has a Content-Length.
 */
function takeResponse(text: string): { readonly response: Response; readonly rest: string } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd);
  const end = headEnd + 4 + Number(LENGTH.exec(head)?.[1] ?? 0);
  if (text.length < end) return null;
  const response = {
    status: Number(head.slice(9, 12)),
    position: Number(POSITION.exec(head)?.[1] ?? 0),
    text: text.slice(headEnd + 4, end),
  };
  return { response, rest: text.slice(end) };
}

function requestFor(load: HttpLoad, n: number): string {
  const deviceKey = deviceKeyOf(load, n);
  const given = load.givenSecrets ? { deviceSecret: secretOf(deviceKey) } : {};
  const body = JSON.stringify({ productKey: load.productKey, deviceKey, ...given });
  return `POST ${load.path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${load.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

class Tally {
  readonly latencies: number[] = [];
  readonly others: Record<string, number> = {};
  firstOther: string | null = null;
  created = 0;
  position = 0;

  add({ status, position, text }: Response, ms: number): void {
    this.latencies.push(ms);
    this.position = Math.max(this.position, position);
    if (status === 201) this.created += 1;
    else {
      this.others[status] = (this.others[status] ?? 0) + 1;
      this.firstOther ??= text.slice(0, 500);
    }
  }
}

/** Sends the next request when the last was answered, until `next` has no more. */
function work(socket: Socket, next: () => string | null, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    let sentAt = 0;
    const send = (): void => {
      const request = next();
      if (request === null) {
        socket.end();
        return resolve();
      }
      sentAt = performance.now();
      socket.write(request, 'latin1');
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const taken = takeResponse(text);
      if (taken === null) return;
      text = taken.rest;
      tally.add(taken.response, performance.now() - sentAt);
      send();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
    send();
  });
}

async function run(load: HttpLoad): Promise<HttpLoaded> {
  const tally = new Tally();
  const sockets = await Promise.all(
    Array.from({ length: load.inFlight }, async () => {
      const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true });
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      });
      return socket;
    }),
  );
  let n = load.from;
  const end = load.from + load.count;
  const next = (): string | null => (n < end ? requestFor(load, n++) : null);
  const start = performance.now();
  await Promise.all(sockets.map((socket) => work(socket, next, tally)));
  return {
    seconds: (performance.now() - start) / 1000,
    created: tally.created,
    others: tally.others,
    firstOther: tally.firstOther,
    p50Ms: quantile(tally.latencies, 0.5),
    p99Ms: quantile(tally.latencies, 0.99),
    position: tally.position,
  };
}

answerQuestions(run);
