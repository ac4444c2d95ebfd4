import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Arrival } from '../front/front.types.ts';
import type { TransportLog } from '../front/transport-log.ts';
import type { Timed, TimerWheel } from '../front/timer-wheel.ts';
import type { ByteRoom } from '../mqtt/byte-room.ts';
import type { HttpHandler, HttpReply, HttpRequest } from './http-exchange.types.ts';
import type { HttpLimits } from './http-limits.ts';
import { BodyReader, type ReadBody } from './read-body.ts';

export interface HttpContext {
  readonly limits: HttpLimits;
  readonly handler: HttpHandler;
  readonly wheel: TimerWheel;
  readonly room: ByteRoom;
  readonly log: TransportLog;
}

const FAILED: HttpReply = { status: 500, body: '{}', proven: false };
const NO_ROOM: HttpReply = { status: 503, body: '{}', proven: false };

/** Sent without a request that an answer could belong to. */
const bare = (status: number): string =>
  `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n` +
  'Connection: close\r\nContent-Length: 0\r\n\r\n';

/** `GET http://host/path` is how requests to a proxy are written. */
const ABSOLUTE = /^https?:\/\/[^/]*/i;

/** One connection: its requests one after another, each within its time. */
export class HttpConnection implements Timed {
  wheelSlot = -1;
  readonly #context: HttpContext;
  readonly #arrival: Pick<Arrival, 'stream' | 'remoteAddress' | 'settled'>;
  #due: number;
  #reading: BodyReader | null = null;
  #queue: Promise<void> = Promise.resolve();
  #queued = 0;
  #served = 0;
  /** The answer that is being made is the last one. */
  #last = false;
  /** What comes now cannot be followed: a request that is not whole never will be. */
  #broken = false;

  constructor(context: HttpContext, arrival: Arrival, onGone: (gone: HttpConnection) => void) {
    this.#context = context;
    // Its `first` is taken by who made this; nothing else of it has to be kept.
    this.#arrival = arrival;
    this.#due = this.#after(context.limits.headSeconds);
    context.wheel.add(this);
    arrival.stream.on('close', () => {
      context.wheel.remove(this);
      onGone(this);
    });
  }

  dueTick(): number {
    return this.#due;
  }

  /** Who was too slow to ask hears so; who had nothing to ask, or does not read it, does not. */
  expire(): void {
    const { stream } = this.#arrival;
    const late = this.#reading !== null || this.#served === 0;
    if (!late || !stream.writable || this.#broken) return this.close();
    this.#broken = true;
    this.#within(1);
    stream.end(bare(408), () => this.close());
  }

  close(): void {
    this.#arrival.stream.destroy();
  }

  #after(seconds: number): number {
    return this.#context.wheel.now + this.#context.wheel.ticks(seconds * 1000);
  }

  #within(seconds: number): void {
    this.#due = this.#after(seconds);
    this.#context.wheel.move(this);
  }

  /** A whole head has come. */
  request(request: IncomingMessage, response: ServerResponse): void {
    this.#queued += 1;
    if (this.#queued > this.#context.limits.pipelined) return this.close();
    this.#queue = this.#queue
      .then(() => this.#serve(request, response))
      .catch((err: unknown) => {
        this.#context.log.warn({ err }, 'a connection of a device ended by a fault');
        this.close();
      });
  }

  /** The bytes are no HTTP: they end the connection, once what came before has its answer. */
  fault(tooLong: boolean): void {
    this.#last = this.#broken = true;
    this.#reading?.break();
    if (this.#queued === 0) this.#arrival.stream.end(bare(tooLong ? 431 : 400));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#arrival.stream.destroyed) return;
    const { limits } = this.#context;
    this.#served += 1;
    if (this.#served >= limits.requestsPerConnection) this.#last = true;
    this.#within(limits.bodySeconds);
    const body = await this.#read(request);
    this.#within(limits.answerSeconds);
    const reply = await this.#reply(request, body);
    await this.#send(response, body === 'broken' ? { ...reply, status: 400 } : reply);
    this.#within(limits.idleSeconds);
    this.#queued -= 1;
  }

  async #read(request: IncomingMessage): Promise<ReadBody> {
    this.#reading = new BodyReader(request, this.#context.limits, this.#context.room);
    if (this.#broken && !request.complete) this.#reading.break();
    const body = await this.#reading.done;
    this.#reading = null;
    if (typeof body === 'string') this.#last = true;
    return body;
  }

  async #reply(request: IncomingMessage, body: ReadBody): Promise<HttpReply> {
    if (body === 'gone') return FAILED;
    if (body === 'no-room') return NO_ROOM;
    try {
      return await this.#context.handler(this.#toRequest(request, body));
    } catch (err) {
      this.#context.log.warn({ err }, 'a request of a device could not be answered');
      return FAILED;
    }
  }

  #toRequest(request: IncomingMessage, body: HttpRequest['body']): HttpRequest {
    const url = (request.url ?? '').replace(ABSOLUTE, '');
    const mark = url.indexOf('?');
    const headers = Object.entries(request.headersDistinct).flatMap(([name, values]) => {
      const [value] = values ?? [];
      return value === undefined || values?.length !== 1 ? [] : [[name, value] as const];
    });
    return {
      method: request.method ?? '',
      path: mark < 0 ? url : url.slice(0, mark),
      query: mark < 0 ? '' : url.slice(mark + 1),
      headers: new Map(headers),
      body,
      remoteAddress: this.#arrival.remoteAddress,
      gone: () => this.#arrival.stream.destroyed,
    };
  }

  /** Resolves when the kernel has it, or nobody is there any more. */
  #send(response: ServerResponse, reply: HttpReply): Promise<void> {
    const { stream } = this.#arrival;
    const delivers = !stream.destroyed && stream.writable;
    reply.sent?.(delivers);
    if (!delivers) return Promise.resolve();
    if (reply.proven) this.#arrival.settled();
    else this.#last = true;
    // Spelled as SDKs compare it, case and all; with a length there are no chunks.
    response.writeHead(reply.status, [
      ...['Content-Type', 'application/json;charset=utf-8'],
      ...['Content-Length', String(Buffer.byteLength(reply.body))],
      ...(this.#last ? ['Connection', 'close'] : []),
    ]);
    return new Promise((resolve) => {
      stream.once('close', resolve);
      response.once('finish', () => {
        stream.off('close', resolve);
        if (this.#last) stream.end();
        resolve();
      });
      response.end(reply.body);
    });
  }
}
