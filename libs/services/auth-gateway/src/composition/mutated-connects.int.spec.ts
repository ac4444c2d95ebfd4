import { chanceFrom, rounds, seeds, type Chance } from '@tallystick/test-kit';
import { parser, type Packet } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openMutatedGateway, runAtOnce, WAIT } from '../fixtures/mutated-gateway.ts';
import { mutate, mutateBytes } from '../fixtures/mutations.ts';
import {
  exchange,
  heapBytes,
  LetIn,
  MEMORY_BYTES,
  nth,
  type Exchange,
} from '../fixtures/mutated-wire.ts';
import { fleetConnects, nameOf, type FleetConnect } from '../fixtures/recorded-fleet.ts';

// CONNECTs of all dialects whose bytes were changed, at the sockets of a gateway that knows their
// devices: nothing but refusals comes back, unless what was changed is not what was signed.

let given: Awaited<ReturnType<typeof openMutatedGateway>>;
beforeEach(async () => {
  given = await openMutatedGateway();
});
afterEach(() => given.close());

type Fields = Pick<FleetConnect, 'clientId' | 'username' | 'password'>;

const field = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
};

/** Whole, whatever stands in its fields; some have a will. */
function connectBytes({ clientId, username, password }: Fields, chance: Chance): Buffer {
  const clean = chance(4) > 0 ? 0x02 : 0;
  const will = chance(12) === 0 ? [field(mutate('/a/b', chance)), field('lost')] : [];
  const flags = 0xc0 | clean | (will.length > 0 ? 0x2c : 0);
  const keepAlive = nth([60, 0, 1, 300, 65_535], chance(5));
  const body = Buffer.concat([
    field('MQTT'),
    Buffer.of(4, flags, keepAlive >> 8, keepAlive & 255),
    ...[field(clientId), ...will, field(username), field(password)],
  ]);
  const length = [(body.length & 127) | 128, ((body.length >> 7) & 127) | 128, body.length >> 14];
  return Buffer.concat([Buffer.of(0x10, ...length), body]);
}

/** Half of them changed within their fields, so that they are whole; half of them anywhere. */
function mutated(chance: Chance): { readonly enos: boolean; readonly bytes: Buffer } {
  const row = nth(fleetConnects, chance(fleetConnects.length));
  const other = nth(fleetConnects, chance(fleetConnects.length));
  const enos = (row.listener === 'enosMqtt') !== (chance(10) === 0);
  if (chance(2) === 0)
    return {
      enos,
      bytes: mutateBytes(connectBytes(row, chance), connectBytes(other, chance), chance),
    };
  const pick = 1 + chance(7);
  const changed = (text: string, instead: string, bit: number): string => {
    if ((pick & bit) === 0) return text;
    return chance(5) === 0 ? instead : mutate(text, chance);
  };
  const fields: Fields = {
    clientId: changed(row.clientId, other.clientId, 1),
    username: changed(row.username, other.username, 2),
    password: changed(row.password, other.password, 4),
  };
  return { enos, bytes: connectBytes(fields, chance) };
}

/** The password in it, as another parser reads it. */
function passwordOf(bytes: Buffer): string {
  let password = '';
  const packets = parser({ protocolVersion: 4 });
  packets.on('error', () => undefined);
  packets.once('packet', (packet: Packet) => {
    if (packet.cmd === 'connect') password = String(packet.password ?? '');
  });
  packets.parse(bytes);
  return password.toLowerCase();
}

const isRefusal = (answer: Buffer): boolean =>
  answer.length === 4 &&
  answer.readUInt16BE(0) === 0x2002 &&
  answer[2] === 0 &&
  nth([...answer], 3) <= 5;

/** The names that each password was made for. */
const owners = new Map<string, Set<string>>();
for (const row of fleetConnects) {
  const password = row.password.toLowerCase();
  owners.set(password, (owners.get(password) ?? new Set()).add(nameOf(row)));
}

/** What came back that should not have; null: nothing. */
function faultOf({ answer, address }: Exchange, bytes: Buffer, letIn: LetIn): string | null {
  if (answer.length === 0) return null;
  if (answer[3] !== 0) return isRefusal(answer) ? null : `said ${answer.toString('hex')}`;
  const names = owners.get(passwordOf(bytes));
  if (names === undefined) return `let in ${bytes.toString('latin1')}`;
  letIn.add(address, names);
  return null;
}

/**
 * For each seed; the whole size has five of them: with the requests over HTTP 200,000. A socket for
 * each takes its time, so the short size is far smaller.
 */
const RUNS = rounds(1) === 1 ? 3_000 : 30_000;

describe('CONNECTs whose bytes were changed, on the wire', { tags: ['long'] }, () => {
  it.each(seeds(31_001))(
    'let nobody in but whose proof is right, and leave nothing behind (seed %i)',
    async (seed) => {
      const { gateway, world, registry } = given;
      const chance = chanceFrom(seed);
      const faults = new Set<string | null>();
      const letIn = new LetIn();
      let refused = 0;
      const run = async (): Promise<void> => {
        const { enos, bytes } = mutated(chance);
        const done = await exchange(enos ? gateway.enosPort : gateway.port, bytes);
        refused += Number(isRefusal(done.answer) && done.answer[3] !== 0);
        faults.add(faultOf(done, bytes, letIn));
      };
      await runAtOnce(1_000, run);
      const before = heapBytes();
      await runAtOnce(RUNS, run);
      expect([...faults]).toEqual([null]);
      expect(refused).toBeGreaterThan(RUNS / 4);
      expect(letIn.size).toBeGreaterThan(0);
      await vi.waitFor(() => expect(world.reports().at(-1)?.sessions).toBe(0), WAIT);
      for (const { type, session } of world.signals()) {
        if (type !== 'opened') continue;
        expect(letIn.has(session.remoteAddress, nameOf(session))).toBe(true);
      }
      const names = new Set(fleetConnects.map(nameOf));
      expect([...registry.asked].filter((name) => !names.has(name))).toEqual([]);
      expect(heapBytes() - before).toBeLessThan(MEMORY_BYTES);
    },
  );
});
