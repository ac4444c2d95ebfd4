import type { DeviceAuthority, DeviceListener } from '@tallystick/ports';
import type { ConnackCode } from '../codec/replies.codec.ts';
import { createMqttWsListener } from '../../mqtt-ws/mqtt-ws-listener.ts';
import { createMqttListener, type MqttListenerOptions } from '../mqtt-listener.ts';

const silent = (): void => undefined;

/** User `refuse-N` of the recording authority is answered N, a wrong password 4. */
const CODES = new Map<string, ConnackCode>([
  ['1', 1],
  ['2', 2],
  ['3', 3],
  ['4', 4],
  ['5', 5],
]);

/** What a listener of specs is opened with, unless it is told otherwise. */
function optionsFor(
  authority: DeviceAuthority<string, string>,
): MqttListenerOptions<string, string> {
  let ids = 0;
  return {
    host: '127.0.0.1',
    port: 0,
    name: 'mqtt',
    authority,
    connackOf: (refusal) => CODES.get(refusal) ?? 4,
    ids: {
      uuid: () => `id-${String((ids += 1))}`,
      deviceId: () => 'dv_0',
      token: (length) => 't'.repeat(length),
      bytes: (length) => new Uint8Array(length),
    },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    log: { warn: silent, debug: silent },
    tickMs: 10,
  };
}

/**
 * A listener on a free port of the loopback, its ticks short so that deadlines are met in tests.
 */
export const listenFor = (
  authority: DeviceAuthority<string, string>,
  options: Partial<MqttListenerOptions<string, string>> = {},
): Promise<DeviceListener<string>> => createMqttListener({ ...optionsFor(authority), ...options });

/** The same over WebSocket. */
export const listenWsFor = (
  authority: DeviceAuthority<string, string>,
  options: Partial<MqttListenerOptions<string, string>> = {},
): Promise<DeviceListener<string>> =>
  createMqttWsListener({ ...optionsFor(authority), ...options });
