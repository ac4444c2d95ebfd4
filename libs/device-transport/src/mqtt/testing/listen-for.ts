import type { DeviceAuthority, DeviceListener } from '@tallystick/ports';
import type { ConnackCode } from '../codec/replies.codec.ts';
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

/**
 * A listener on a free port of the loopback, its ticks short so that deadlines are met in tests.
 */
export function listenFor(
  authority: DeviceAuthority<string, string>,
  options: Partial<MqttListenerOptions<string, string>> = {},
): Promise<DeviceListener<string>> {
  let ids = 0;
  return createMqttListener<string, string>({
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
    ...options,
  });
}
