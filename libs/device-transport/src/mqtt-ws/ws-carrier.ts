import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Arrival } from '../front/front.types.ts';
import type { Timed } from '../front/timer-wheel.ts';
import type { Bearer, Carrier } from '../mqtt/carrier.ts';
import type { CarrierContext } from '../mqtt/mqtt-listener.ts';
import { WsStream } from './ws-stream.ts';

const PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';

/** Bytes of a request's head. */
const MAX_HEADER_BYTES = 8_192;
/** What a message may hold beside a PUBLISH of the largest size: a few packets more. */
const BESIDE_BYTES = 16_384;
/** Frames that one message may be cut into: each is kept until the message is whole. */
const MAX_FRAMES = 1_024;
/** Pieces in which one frame may come, as the network cuts it. */
const MAX_PIECES = 4_096;

/** Who has arrived and has not asked for a WebSocket yet. */
class Guest implements Timed {
  wheelSlot = -1;
  readonly arrival: Arrival;
  readonly take: (bearer: Bearer) => void;
  readonly #due: number;

  constructor(arrival: Arrival, take: (bearer: Bearer) => void, due: number) {
    this.arrival = arrival;
    this.take = take;
    this.#due = due;
  }

  dueTick(): number {
    return this.#due;
  }

  expire(): void {
    this.arrival.stream.destroy();
  }
}

/** Whether a list of subprotocols has ours [MQTT-6.0.0-3]. */
const offersMqtt = (list: string | undefined): boolean =>
  list !== undefined && list.split(',').some((name) => name.trim() === SUBPROTOCOL);

const isServed = ({ url }: IncomingMessage): boolean => url?.split('?', 1)[0] === PATH;

/** The status of an upgrade that is not done; null: it is. */
function refusalOf(request: IncomingMessage): number | null {
  if (!isServed(request)) return 404;
  return offersMqtt(request.headers['sec-websocket-protocol']) ? null : 400;
}

const headersOf = (status: number): Record<string, string> => ({
  connection: 'close',
  'content-length': '0',
  ...(status === 426 ? { upgrade: 'websocket' } : {}),
});

/** Answers on a bare stream, and takes no more. Who does not go then is closed by its deadline. */
function answer(stream: Duplex, status: number): void {
  const headers = Object.entries(headersOf(status)).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n`;
  stream.end(`${line}${headers.join('')}\r\n`);
  stream.resume();
}

/**
 * HTTP upgrades to WebSocket on connections that a front has accepted. Compression is off: it
 * would cost memory for each connection, and a small message could unpack to a large one.
 */
export class WsCarrier implements Carrier {
  readonly #context: CarrierContext;
  readonly #guests = new Map<Duplex, Guest>();
  readonly #http: Server;
  readonly #ws: WebSocketServer;

  constructor(context: CarrierContext) {
    this.#context = context;
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
    this.#http.on('request', (request, response) => {
      const status = isServed(request) ? 426 : 404;
      response.writeHead(status, headersOf(status)).end();
    });
    this.#http.on('upgrade', (request, stream, head) => {
      this.#upgrade(request, stream, head);
    });
    this.#http.on('clientError', (_error, stream) => {
      if (stream.writable) answer(stream, 400);
    });
    this.#ws = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: () => SUBPROTOCOL,
      maxPayload: context.limits.maxPacketBytes + BESIDE_BYTES,
      maxFragments: MAX_FRAMES,
      maxBufferedChunks: MAX_PIECES,
    });
  }

  meet(arrival: Arrival, take: (bearer: Bearer) => void): void {
    const { wheel, limits } = this.#context;
    const { stream, first } = arrival;
    const guest = new Guest(arrival, take, wheel.now + wheel.ticks(limits.connectSeconds * 1000));
    this.#guests.set(stream, guest);
    wheel.add(guest);
    stream.on('error', () => undefined);
    stream.on('close', () => this.#leave(guest));
    if (first !== null) stream.unshift(first);
    this.#http.emit('connection', stream);
  }

  close(): void {
    for (const stream of this.#guests.keys()) stream.destroy();
  }

  #leave(guest: Guest): void {
    this.#context.wheel.remove(guest);
    this.#guests.delete(guest.arrival.stream);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const guest = this.#guests.get(stream);
    const status = refusalOf(request);
    if (guest === undefined || status !== null) return answer(stream, status ?? 400);
    // What is wrong with the handshake itself, `ws` answers.
    this.#ws.handleUpgrade(request, stream, head, (socket) => {
      this.#leave(guest);
      const wire = new WsStream(socket, stream, this.#context);
      guest.take({
        stream: wire,
        transport: 'ws',
        remoteAddress: guest.arrival.remoteAddress,
        pskIdentity: guest.arrival.pskIdentity,
        first: null,
        onProgress: (listener) => void (wire.onProgress = listener),
        settled: () => {
          wire.settled();
          guest.arrival.settled();
        },
      });
    });
  }
}
