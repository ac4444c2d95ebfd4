import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Door } from './door.ts';
import type { Arrival } from './front.types.ts';

const nothing = (): void => undefined;

/** What lives as long as its socket: who it is, and how it counts at the door. */
export class Guest implements Arrival {
  stream: Duplex;
  transport: 'tcp' | 'tls' = 'tcp';
  pskIdentity: string | null = null;
  first: Buffer | null = null;
  /** Called once, when the socket is gone. */
  onGone: () => void = nothing;
  readonly #door: Door;
  #address: string;
  #port: number;
  /** It counts for its address; until a proxy has said whose it is, for none. */
  #isNamed: boolean;
  #isSettled = false;

  constructor(door: Door, socket: Socket, address: string, isNamed: boolean) {
    this.#door = door;
    this.stream = socket;
    this.#address = address;
    this.#port = socket.remotePort ?? 0;
    this.#isNamed = isNamed;
    socket.on('close', () => {
      this.onGone();
      this.settled();
      door.left();
    });
  }

  get address(): string {
    return this.#address;
  }

  get remoteAddress(): string {
    return `${this.#address}:${String(this.#port)}`;
  }

  get isNamed(): boolean {
    return this.#isNamed;
  }

  /** Null: it stays who it is. False: there are too many of that address. */
  named(client: { readonly address: string; readonly port: number } | null): boolean {
    this.#address = client?.address ?? this.#address;
    this.#port = client?.port ?? this.#port;
    this.#isNamed = this.#door.named(this.#address);
    return this.#isNamed;
  }

  settled(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#door.settled(this.#isNamed ? this.#address : null);
  }

  /** Nobody counts what the socket does any more but the door. */
  forget(): void {
    this.onGone = nothing;
    this.first = null;
  }
}
