import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Admission, DeviceListener, SilenceRule } from '@tallystick/ports';
import { DEFAULT_FRONT_LIMITS } from '../front/front-limits.ts';
import { createFront } from '../front/front.ts';
import type { Arrival, Front, FrontLimits, FrontOptions } from '../front/front.types.ts';
import { TimerWheel } from '../front/timer-wheel.ts';
import { ByteRoom } from '../mqtt/byte-room.ts';
import { HttpConnection, type HttpContext } from './http-connection.ts';
import type { HttpHandler } from './http-exchange.types.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import type { TokenSessions } from './token-sessions.ts';

export interface HttpListenerOptions<I> extends Omit<FrontOptions, 'limits' | 'onArrival'> {
  readonly limits?: Partial<HttpLimits & FrontLimits>;
  /** The sessions of the devices that come in here; closed with the listener. */
  readonly sessions: TokenSessions<I>;
  readonly handler: HttpHandler;
}

/**
 * What Node does by itself is switched off: the connections have their own deadlines, and no
 * answer is written past the handler. Small clients name no host.
 */
function createParser(maxHeaderSize: number): Server {
  const server = createServer({
    ...{ maxHeaderSize, keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 },
    ...{ insecureHTTPParser: false, requireHostHeader: false },
  });
  server.timeout = 0;
  // Small clients close their side as soon as they have asked; they are answered all the same.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

/** Requests and answers of devices; who they are stands in their tokens. */
class HttpListener<I> implements DeviceListener<I> {
  readonly #context: HttpContext;
  readonly #sessions: TokenSessions<I>;
  readonly #server: Server;
  readonly #connections = new Map<Duplex, HttpConnection>();
  #front: Front | null = null;
  #closed: Promise<void> | null = null;

  constructor(context: HttpContext, sessions: TokenSessions<I>) {
    this.#context = context;
    this.#sessions = sessions;
    this.#server = createParser(context.limits.maxHeadBytes);
    for (const event of ['request', 'checkExpectation'] as const)
      this.#server.on(event, (request: IncomingMessage, response: ServerResponse) => {
        this.#connections.get(request.socket)?.request(request, response);
      });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
      const connection = this.#connections.get(stream);
      if (connection === undefined || !stream.writable) stream.destroy();
      else connection.fault(error.code === 'HPE_HEADER_OVERFLOW');
    });
  }

  async listen(options: Omit<FrontOptions, 'onArrival'>): Promise<void> {
    const onArrival = (arrival: Arrival): void => {
      this.#arrived(arrival);
    };
    this.#front = await createFront({ ...options, onArrival });
  }

  #arrived(arrival: Arrival): void {
    const { stream, first } = arrival;
    const connection = new HttpConnection(this.#context, arrival, () => {
      this.#connections.delete(stream);
    });
    this.#connections.set(stream, connection);
    if (this.#closed !== null) return connection.close();
    if (first !== null) stream.unshift(first);
    stream.allowHalfOpen = true;
    this.#server.emit('connection', stream);
  }

  get port(): number {
    return this.#front?.port ?? 0;
  }

  allowSilence(sessionId: string, rule: SilenceRule | null): void {
    this.#sessions.allowSilence(sessionId, rule);
  }

  /** A device is answered when it asks; nothing can be sent to it. */
  send(): boolean {
    return false;
  }

  promote(sessionId: string, admission: Admission<I>): boolean {
    return this.#sessions.promote(sessionId, admission);
  }

  cut(sessionId: string, reason: string): boolean {
    return this.#sessions.cut(sessionId, reason);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const gone = this.#front?.close();
    this.#sessions.close();
    for (const connection of this.#connections.values()) connection.close();
    await gone;
    this.#context.wheel.stop();
  }
}

export async function createHttpListener<I>(
  options: HttpListenerOptions<I>,
): Promise<DeviceListener<I>> {
  const { sessions, handler, log, ...front } = options;
  const limits = { ...DEFAULT_HTTP_LIMITS, ...DEFAULT_FRONT_LIMITS, ...options.limits };
  const wheel = new TimerWheel(options.tickMs ?? 1000);
  const room = new ByteRoom(limits.sharedBytes);
  const listener = new HttpListener({ limits, handler, wheel, room, log }, sessions);
  try {
    await listener.listen({ ...front, limits, log });
  } catch (error) {
    wheel.stop();
    throw error;
  }
  return listener;
}
