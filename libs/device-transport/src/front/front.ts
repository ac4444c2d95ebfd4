import { createServer, type Server, type Socket } from 'node:net';
import { OncePerMinute, PortError } from '@tallystick/kernel';
import { toHost } from './address.ts';
import { Door } from './door.ts';
import type { Front, FrontOptions } from './front.types.ts';
import { Guest } from './guest.ts';
import { proxiesOf } from './proxy-networks.ts';
import { TimerWheel } from './timer-wheel.ts';
import { Visitor, type FrontContext } from './visitor.ts';

/**
 * Longer than Node's 511: a fleet that comes back at once overflows it into retries of a second.
 */
const BACKLOG = 4096;

/**
 * Probes find a peer that lost its power whatever keep-alive it asked for, also none: after a
 * minute without a packet, then one a second (libuv), ten of them unanswered.
 */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

function shut(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}

/** One listening port. */
class TcpFront implements Front {
  readonly #context: FrontContext;
  readonly #isProxy: (address: string) => boolean;
  readonly #server: Server;
  #closed: Promise<void> | null = null;

  constructor(context: FrontContext, isProxy: (address: string) => boolean) {
    this.#context = context;
    this.#isProxy = isProxy;
    this.#server = createServer(SOCKET_OPTIONS, (socket) => {
      this.#accept(socket);
    });
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(
          new PortError('misconfigured', `cannot listen on ${host}:${String(port)}`, { cause }),
        );
      });
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    // Later errors are accept errors (no file descriptor left): the next connection may do better.
    this.#server.removeAllListeners('error');
    this.#server.on('error', (err) => {
      this.#context.log.warn({ err }, 'a connection could not be accepted');
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get counts(): { readonly open: number; readonly halfOpen: number } {
    const { open, halfOpen } = this.#context.door;
    return { open, halfOpen };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const visitor of this.#context.waiting) visitor.drop();
    await gone;
    this.#context.wheel.stop();
  }

  #accept(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#closed !== null) return shut(socket);
    const { door, onTurnedAway } = this.#context;
    const proxied = this.#isProxy(remoteAddress);
    const address = toHost(remoteAddress);
    const limit = door.enter(proxied ? null : address);
    if (limit !== null) {
      shut(socket);
      return onTurnedAway({ address, limit });
    }
    const guest = new Guest(door, socket, address, !proxied);
    new Visitor(this.#context, socket, guest);
  }
}

export async function createFront(options: FrontOptions): Promise<Front> {
  const { name, takes, tls = null, limits, onArrival, log } = options;
  const wheel = new TimerWheel(options.tickMs ?? 1000);
  const context: FrontContext = {
    ...{ name, takes, tls, limits, onArrival, log, wheel },
    door: options.door ?? new Door(limits),
    noProxy: new OncePerMinute(),
    waiting: new Set(),
    onTurnedAway: options.onTurnedAway ?? (() => undefined),
  };
  const front = new TcpFront(context, proxiesOf(options.proxyFrom ?? []));
  try {
    await front.listen(options.host, options.port);
  } catch (error) {
    wheel.stop();
    throw error;
  }
  return front;
}
