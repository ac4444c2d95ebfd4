// A device on alibabacloud-iot-device-sdk. Its first order says what to use. A process of its own:
// the SDK takes no root certificate, only what NODE_EXTRA_CA_CERTS names at the start.
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

interface Given {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret?: string;
  readonly productSecret?: string;
  readonly brokerUrl?: string;
  readonly registerURL?: string;
}

/** The body, or what went wrong instead. */
interface Answer {
  readonly code: unknown;
  readonly data?: unknown;
  readonly message: string;
}

interface Order {
  readonly topic: string;
  readonly payload: string;
}

interface Device extends EventEmitter {
  subscribe(topic: string): void;
  publish(topic: string, payload: string, options: { readonly qos: 0 | 1 }, done: () => void): void;
  end(force: boolean): void;
}

interface Sdk {
  device(config: Given): Device;
  register(config: Given, heard: (answer: Answer) => void): void;
}

const sdk = createRequire(import.meta.url)('alibabacloud-iot-device-sdk') as Sdk;

function tell(event: string, facts: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

function connect(given: Given): Device {
  const device = sdk.device(given);
  device.on('connect', () => tell('connected'));
  device.on('close', () => tell('closed'));
  // The SDK hands on the arguments of its MQTT client's event as one list.
  device.on('error', ([error]: [Error & { code?: number }]) =>
    tell('error', { code: error.code, message: error.message }),
  );
  return device;
}

let device: Device | null = null;
const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line) as Given | Order;
  if ('topic' in order)
    device?.publish(order.topic, order.payload, { qos: 1 }, () => tell('published'));
  else if (order.registerURL !== undefined)
    sdk.register(order, ({ code, data, message }) =>
      tell('registered', { answer: { code, data, message } }),
    );
  else device = connect(order);
});
orders.on('close', () => {
  device?.end(true);
  process.exitCode = 0;
});
