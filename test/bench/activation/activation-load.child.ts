// Devices that ask for their secret: bytes are made beforehand, so that the generator only moves
// them.
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import { quantile } from '../figure.ts';
import { answerQuestions } from '../parts/answer.ts';
import { deviceKeyOf, secretOf } from '../parts/devices.ts';
import type { ActivationLoad, ActivationLoaded } from './activation-load.types.ts';

const PATIENCE_MS = 20_000;

interface Ask {
  readonly bytes: Buffer;
  /** What the answer holds when it is the right one. */
  readonly secret: string;
}

function signOf({ productSecret, devices }: ActivationLoad, deviceKey: string): string {
  const content = `deviceName${deviceKey}productKey${devices.productKey}random8Ygb`;
  return createHmac('sha256', productSecret).update(content).digest('hex');
}

/** Alibaba's MQTT registration. */
function packetOf(load: ActivationLoad, deviceKey: string): Buffer {
  const { productKey } = load.devices;
  const block = 'securemode=2,authType=register,random=8Ygb,signmethod=hmacsha256';
  return generate({
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 },
    clientId: `${productKey}.${deviceKey}|${block}|`,
    username: `${deviceKey}&${productKey}`,
    password: Buffer.from(signOf(load, deviceKey)),
  });
}

/** Alibaba's HTTP registration. */
function requestOf(load: ActivationLoad, deviceKey: string): Buffer {
  const { productKey } = load.devices;
  const sign = signOf(load, deviceKey);
  const body = `productKey=${productKey}&deviceName=${deviceKey}&random=8Ygb&sign=${sign}&signMethod=hmacsha256`;
  const form = 'content-type: application/x-www-form-urlencoded';
  const head = `POST /auth/register/device HTTP/1.1\r\nhost: bench\r\n${form}\r\n`;
  return Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${body}`);
}

function asksOf(load: ActivationLoad): readonly Ask[] {
  const bytesOf = load.over === 'mqtt' ? packetOf : requestOf;
  return Array.from({ length: load.devices.count }, (_, n) => {
    const deviceKey = deviceKeyOf(load.devices, n);
    return { bytes: bytesOf(load, deviceKey), secret: secretOf(deviceKey) };
  });
}

/** Resolves with all that has come once `complete`, or when the connection ends. */
function answerOf(socket: Socket, complete: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (): void => {
      socket.off('data', hear).off('close', finish);
      resolve(text);
    };
    const hear = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (complete(text)) finish();
    };
    socket.on('data', hear);
    socket.once('close', finish);
  });
}

function open(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined);
  return socket;
}

const hasSecret = (text: string): boolean => /"deviceSecret":"[^"]*"/.test(text);

/** CONNACK 3; the code for what may go better later. */
const TRY_AGAIN = { mqtt: '\x20\x02\x00\x03', http: '"code":500' };
const MOST_TRIES = 50;

/** A new connection for each, or one that each worker keeps. */
function asker({ over, port }: ActivationLoad): (ask: Ask) => Promise<string> {
  if (over === 'mqtt')
    return async ({ bytes }) => {
      const socket = open(port);
      socket.write(bytes);
      const answer = await answerOf(socket, hasSecret);
      socket.destroy();
      return answer;
    };
  let kept: Socket | null = null;
  return ({ bytes }) => {
    if (kept === null || kept.destroyed) kept = open(port);
    kept.write(bytes);
    return answerOf(kept, (text) => text.endsWith('}'));
  };
}

async function run(load: ActivationLoad): Promise<ActivationLoaded> {
  const asks = asksOf(load);
  const latencies: number[] = [];
  let [next, given, retries] = [0, 0, 0];
  let firstOther: string | null = null;
  const worker = async (): Promise<void> => {
    const askOne = asker(load);
    for (let ask = asks[next++]; ask !== undefined; ask = asks[next++]) {
      const start = performance.now();
      let answer = await askOne(ask);
      for (let tries = 1; tries < MOST_TRIES && answer.includes(TRY_AGAIN[load.over]); tries += 1) {
        retries += 1;
        answer = await askOne(ask);
      }
      latencies.push(performance.now() - start);
      if (answer.includes(ask.secret)) given += 1;
      else firstOther ??= answer.slice(0, 500);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: load.inFlight }, worker));
  return {
    seconds: (performance.now() - start) / 1000,
    ...{ given, retries, firstOther },
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

answerQuestions(run);
