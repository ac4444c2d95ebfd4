import { createHash, createHmac } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { generate, parser, type IPublishPacket, type Packet } from 'mqtt-packet';

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

export function enosLogin(productKey: string, deviceKey: string, secret: string): Login {
  const content = `clientId${deviceKey}deviceKey${deviceKey}productKey${productKey}timestamp2524608000000`;
  return {
    clientId: `${deviceKey}|securemode=2,signmethod=sha256,timestamp=2524608000000|`,
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

export async function connectDevice(
  port: number,
  login: Login,
  { clean = true, keepalive = 60 }: ConnectOptions = {},
): Promise<MqttDevice> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
  const messages: IPublishPacket[] = [];
  const listeners = new Set<() => void>();
  let over = false;
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      over = true;
      for (const listener of listeners) listener();
      resolve();
    }),
  );
  socket.on('error', () => undefined);
  const incoming = parser({ protocolVersion: 4 });
  const code = await new Promise<number>((resolve) => {
    void closed.then(() => resolve(-1));
    incoming.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connack') resolve(packet.returnCode ?? -1);
      if (packet.cmd !== 'publish') return;
      messages.push(packet);
      if (packet.qos === 1 && packet.messageId !== undefined)
        socket.write(generate({ cmd: 'puback', messageId: packet.messageId }));
      for (const listener of listeners) listener();
    });
    socket.on('data', (chunk) => incoming.parse(chunk));
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean,
        keepalive,
        clientId: login.clientId,
        username: login.username,
        password: Buffer.from(login.password),
      }),
    );
  });
  const find = (topic: string): IPublishPacket | undefined =>
    messages.find((message) => message.topic === topic);
  return {
    code,
    socket,
    messages,
    closed,
    isClosed: () => over,
    message: (topic) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail(`no message on ${topic} within 15 s`), 15_000);
        const fail = (why: string): void => {
          clearTimeout(timer);
          listeners.delete(look);
          reject(new Error(why));
        };
        const look = (): void => {
          const found = find(topic);
          if (found === undefined)
            return over ? fail(`closed before a message on ${topic}`) : undefined;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
    disconnect: async () => {
      if (!over) socket.end(generate({ cmd: 'disconnect' }));
      await closed;
    },
    cut: () => void socket.destroy(),
  };
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
