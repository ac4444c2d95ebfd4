import { createHash, createHmac } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { generate, parser, type IPublishPacket, type Packet } from 'mqtt-packet';
import { pause } from '@tallystick/ports';

export interface Login {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

/** Alibaba's static triple (libs/dialects/README.md). */
export function alibabaLogin(
  productKey: string,
  deviceKey: string,
  secret: string,
  method: 'hmacmd5' | 'hmacsha1' | 'hmacsha256' = 'hmacsha256',
  id = `${productKey}.${deviceKey}`,
): Login {
  const content = `clientId${id}deviceName${deviceKey}productKey${productKey}`;
  return {
    clientId: `${id}|securemode=3,signmethod=${method}|`,
    username: `${deviceKey}&${productKey}`,
    password: createHmac(method.slice(4), secret).update(content).digest('hex'),
  };
}

/** A unit without a name of its own asks for one. */
export function regnwlLogin(productKey: string, deviceKey: string, productSecret: string): Login {
  const random = '3601240367';
  const content = `deviceName${deviceKey}productKey${productKey}random${random}`;
  return {
    clientId: `${productKey}.${deviceKey}|random=${random},authType=regnwl,securemode=-2,signmethod=hmacsha256|`,
    username: `${deviceKey}&${productKey}`,
    password: createHmac('sha256', productSecret).update(content).digest('hex'),
  };
}

/** A device that knows its product's secret alone asks for its own (Alibaba). */
export function registerLogin(productKey: string, deviceKey: string, productSecret: string): Login {
  const { clientId, ...rest } = regnwlLogin(productKey, deviceKey, productSecret);
  return { ...rest, clientId: clientId.replace('regnwl,securemode=-2', 'register,securemode=2') };
}

/** A unit logs in with what its claim was answered with. */
export function connwlLogin(
  productKey: string,
  deviceKey: string,
  clientId: string,
  token: string,
): Login {
  return {
    clientId: `${clientId}|authType=connwl,securemode=-2,_ss=1,ext=3|`,
    username: `${deviceKey}&${productKey}`,
    password: token,
  };
}

/** With the device's own secret; by secure mode 3 with its product's, to ask for its own. */
export function enosLogin(
  productKey: string,
  deviceKey: string,
  secret: string,
  secureMode: 2 | 3 = 2,
): Login {
  const content = `clientId${deviceKey}deviceKey${deviceKey}productKey${productKey}timestamp2524608000000`;
  return {
    clientId: `${deviceKey}|securemode=${secureMode},signmethod=sha256,timestamp=2524608000000|`,
    username: `${deviceKey}&${productKey}`,
    password: createHash('sha256').update(`${content}${secret}`).digest('hex').toUpperCase(),
  };
}

/** A device on a raw socket: the test sees every packet, and can cut where it likes. */
export interface MqttDevice {
  /** The code of CONNACK; -1 when the socket closed without one. */
  readonly code: number;
  readonly socket: Socket;
  readonly messages: readonly IPublishPacket[];
  readonly closed: Promise<void>;
  isClosed(): boolean;
  /** The first message on a topic, within 15 s. */
  message(topic: string): Promise<IPublishPacket>;
  disconnect(): Promise<void>;
  /** Cuts the connection without a word. */
  cut(): void;
}

export interface ConnectOptions {
  readonly clean?: boolean;
  readonly keepalive?: number;
}

function connectPacket(login: Login, { clean = true, keepalive = 60 }: ConnectOptions): Buffer {
  const { clientId, username } = login;
  const password = Buffer.from(login.password);
  const wire = { protocolId: 'MQTT', protocolVersion: 4, clean, keepalive } as const;
  return generate({ cmd: 'connect', ...wire, clientId, username, password });
}

/** Sends CONNECT and is gone before it can be answered. */
export async function leaveUnanswered(port: number, login: Login): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve) => socket.write(connectPacket(login, {}), () => resolve()));
  socket.destroy();
}

class RawDevice implements MqttDevice {
  code = -1;
  readonly socket: Socket;
  readonly messages: IPublishPacket[] = [];
  readonly closed: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #over = false;

  constructor(port: number) {
    this.socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.#over = true;
        this.#tell();
        resolve();
      }),
    );
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Sends CONNECT and waits for CONNACK, or the end. */
  async connect(login: Login, options: ConnectOptions): Promise<void> {
    const incoming = parser({ protocolVersion: 4 });
    this.socket.on('data', (chunk) => incoming.parse(chunk));
    const answered = new Promise<number>((resolve) => {
      void this.closed.then(() => resolve(-1));
      incoming.on('packet', (packet: Packet) => {
        if (packet.cmd === 'connack') resolve(packet.returnCode ?? -1);
        if (packet.cmd === 'publish') this.#received(packet);
      });
    });
    this.socket.write(connectPacket(login, options));
    this.code = await answered;
  }

  #received(packet: IPublishPacket): void {
    this.messages.push(packet);
    const { qos, messageId } = packet;
    if (qos === 1 && messageId !== undefined)
      this.socket.write(generate({ cmd: 'puback', messageId }));
    this.#tell();
  }

  isClosed(): boolean {
    return this.#over;
  }

  message(topic: string): Promise<IPublishPacket> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        settle();
      };
      const look = (): void => {
        const found = this.messages.find((message) => message.topic === topic);
        if (found !== undefined) return end(() => resolve(found));
        if (this.#over) end(() => reject(new Error(`closed before a message on ${topic}`)));
      };
      const late = new Error(`no message on ${topic} within 15 s`);
      const timer = setTimeout(() => end(() => reject(late)), 15_000);
      this.#listeners.add(look);
      look();
    });
  }

  async disconnect(): Promise<void> {
    if (!this.#over) this.socket.end(generate({ cmd: 'disconnect' }));
    await this.closed;
  }

  cut(): void {
    this.socket.destroy();
  }
}

export async function connectDevice(
  port: number,
  login: Login,
  options: ConnectOptions = {},
): Promise<MqttDevice> {
  const device = new RawDevice(port);
  await device.connect(login, options);
  return device;
}

/** Claims a unit and answers what it was given; the code of CONNACK where it was refused. */
export async function claimUnit(
  port: number,
  productKey: string,
  deviceKey: string,
  productSecret: string,
): Promise<{ readonly code: number; readonly clientId: string; readonly token: string }> {
  const device = await connectDevice(port, regnwlLogin(productKey, deviceKey, productSecret));
  if (device.code !== 0) return { code: device.code, clientId: '', token: '' };
  const { payload } = await device.message('/ext/regnwl');
  const answer = JSON.parse(payload.toString()) as { clientId: string; deviceToken: string };
  device.cut();
  return { code: 0, clientId: answer.clientId, token: answer.deviceToken };
}

/**
 * CONNACK 3 asks a device to try again, and so it does, for half a minute; any other answer stands.
 */
export async function tryUntilAnswered<T extends { readonly code: number }>(
  attempt: () => Promise<T>,
): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const answer = await attempt();
    if (answer.code !== 3 || Date.now() > end) return answer;
    await pause(200);
  }
}
