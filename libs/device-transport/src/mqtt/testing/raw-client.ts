import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate, parser, type Packet } from 'mqtt-packet';
import { waitUntil } from './wait-until.ts';

export interface ConnectFields {
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly keepalive?: number;
  readonly clean?: boolean;
  readonly will?: { topic: string; payload: Buffer; qos: 0 | 1 | 2; retain: boolean };
}

export function connectBytes(fields: ConnectFields = {}): Buffer {
  const {
    clientId = 'c',
    username = 'dev',
    password = 'right',
    keepalive = 60,
    clean = true,
  } = fields;
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    ...{ clientId, username, password: Buffer.from(password), keepalive, clean },
    ...(fields.will === undefined ? {} : { will: fields.will }),
  });
}

export function publishBytes(
  topic: string,
  payload: string | Buffer,
  options: { qos?: 0 | 1 | 2; messageId?: number; retain?: boolean } = {},
): Buffer {
  const { qos = 0, messageId = 1, retain = false } = options;
  return generate({ cmd: 'publish', topic, payload, qos, retain, dup: false, messageId });
}

export function subscribeBytes(
  messageId: number,
  filters: Readonly<Record<string, 0 | 1 | 2>>,
): Buffer {
  const subscriptions = Object.entries(filters).map(([topic, qos]) => ({ topic, qos }));
  return generate({ cmd: 'subscribe', messageId, subscriptions });
}

/** A stream that writes the bytes it is told and keeps every packet that comes back. */
export class RawClient<S extends Duplex = Socket> {
  readonly socket: S;
  readonly packets: Packet[] = [];
  closed = false;
  #taken = 0;

  constructor(socket: S) {
    this.socket = socket;
    const packets = parser({ protocolVersion: 4 });
    packets.on('packet', (packet: Packet) => this.packets.push(packet));
    socket.on('data', (chunk: Buffer) => packets.parse(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Over a socket that is there already: of TLS, for one. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        resolve(new RawClient(socket));
      });
    });
  }

  /** Opens, sends CONNECT and waits for a CONNACK of 0. */
  static async admitted(port: number, fields: ConnectFields = {}): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.send(connectBytes(fields));
    const connack = await client.next('connack');
    if (connack.cmd !== 'connack' || connack.returnCode !== 0) throw new Error('not admitted');
    return client;
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next packet, whatever came before it having been taken; it must be of this kind. */
  async next<C extends Packet['cmd']>(cmd: C): Promise<Extract<Packet, { cmd: C }>> {
    await waitUntil(() => this.packets.length > this.#taken || this.closed, `a ${cmd}`);
    const packet = this.packets[this.#taken];
    const isMeant = (it: Packet | undefined): it is Extract<Packet, { cmd: C }> => it?.cmd === cmd;
    if (!isMeant(packet)) throw new Error(`${cmd} expected, got ${packet?.cmd ?? 'a close'}`);
    this.#taken += 1;
    return packet;
  }

  get untaken(): number {
    return this.packets.length - this.#taken;
  }

  /** A round trip: all that was sent before has been worked off when it returns. */
  async ping(): Promise<void> {
    const before = this.packets.filter(({ cmd }) => cmd === 'pingresp').length;
    this.send(Buffer.of(0xc0, 0));
    const pings = (): number => this.packets.filter(({ cmd }) => cmd === 'pingresp').length;
    await waitUntil(() => pings() > before || this.closed, 'a pingresp');
  }

  async whenClosed(): Promise<void> {
    await waitUntil(() => this.closed, 'the socket to be closed');
  }
}
