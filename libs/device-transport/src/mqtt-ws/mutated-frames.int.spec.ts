import type { DeviceListener } from '@tallystick/ports';
import { chanceFrom, RecordingAuthority, rounds, seeds, type Chance } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { connectBytes, publishBytes, subscribeBytes } from '../mqtt/testing/raw-client.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { frame, OPCODE, RawWs, requestBytes } from './testing/raw-ws.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenWsFor(authority);
});
afterEach(() => listener.close());

const REQUEST = requestBytes();
const FRAMES = Buffer.concat([
  frame(OPCODE.binary, connectBytes({ keepalive: 0 })),
  frame(OPCODE.binary, subscribeBytes(1, { 'own/dev/#': 1 })),
  frame(OPCODE.ping, Buffer.from('there?')),
  frame(OPCODE.binary, publishBytes('own/dev/x', 'up', { qos: 1, messageId: 2 }), { fin: false }),
  frame(OPCODE.continuation, Buffer.of(0xc0, 0)),
  frame(OPCODE.close, Buffer.of(3, 232)),
]);

/** A few bytes are others, are left out or come twice; some of it is cut off. */
function changed(bytes: Buffer, chance: Chance): Buffer {
  let now = bytes;
  for (let left = 1 + chance(3); left > 0; left -= 1) {
    const at = chance(now.length);
    const put = [Buffer.of(chance(256)), Buffer.alloc(0), now.subarray(at, at + chance(40))];
    const behind = now.subarray(at + 1, chance(8) === 0 ? chance(now.length) : now.length);
    now = Buffer.concat([now.subarray(0, at), put[chance(3)] ?? now, behind]);
  }
  return now;
}

describe('frames whose bytes were changed', { tags: ['long'] }, () => {
  it.each(seeds(41_001))(
    'end their session or are taken; every session that was opened ends (seed %i)',
    async (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds(400); round += 1) {
        const client = await RawWs.open(listener.port);
        const inRequest = chance(6) === 0;
        client.socket.write(inRequest ? changed(REQUEST, chance) : REQUEST);
        client.socket.end(inRequest ? FRAMES : changed(FRAMES, chance));
        await client.whenClosed();
      }
      await waitUntil(() => authority.open.size === 0, 'the end of every session');
      const opened = authority.log.filter((line) => line.startsWith('opened')).length;
      expect(opened).toBeGreaterThan(0);
      expect(authority.log.filter((line) => line.startsWith('closed'))).toHaveLength(opened);
    },
  );
});
