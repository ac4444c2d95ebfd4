import { readFileSync } from 'node:fs';
import { chanceFrom, rounds, seeds, type Chance } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMutatedGateway, runAtOnce } from '../fixtures/mutated-gateway.ts';
import { mutate, mutateBytes } from '../fixtures/mutations.ts';
import {
  exchange,
  heapBytes,
  LetIn,
  MEMORY_BYTES,
  nth,
  type Exchange,
} from '../fixtures/mutated-wire.ts';
import { nameOf } from '../fixtures/recorded-fleet.ts';

// Requests over HTTP of all dialects whose bytes were changed, at the socket of a gateway that
// knows their devices: nothing but refusals comes back, unless what was changed was not signed.

interface Recorded {
  readonly path: string;
  readonly query?: string;
  readonly contentType: string;
  /** `@` stands for what was presented. */
  readonly body: string;
  readonly presented: string;
  readonly names: { readonly productKey: string | null; readonly deviceKey: string | null };
}

/** The vendors' recorded bytes, shared with the dialects' own specs. */
const recorded = JSON.parse(
  readFileSync(
    new URL('../../../../dialects/src/fixtures/http-requests.json', import.meta.url),
    'utf8',
  ),
) as readonly Recorded[];

const messages: readonly Recorded[] = [
  '/topic/sys/pk/dn/thing/event/property/post',
  '/topic/a?sessionId=1',
  '/v5/devices/prod_node_01/sys/messages/up',
].map((path) => ({
  ...{ path, contentType: 'application/octet-stream', body: '{"id":"1"}' },
  ...{ presented: 'none', names: { productKey: null, deviceKey: null } },
}));

let given: Awaited<ReturnType<typeof openMutatedGateway>>;
beforeEach(async () => {
  given = await openMutatedGateway();
});
afterEach(() => given.close());

const bodyOf = ({ body, presented }: Recorded): string => body.replace('@', presented);

/** In one piece, or in chunks. */
function framed(body: Buffer, chance: Chance): { readonly head: string; readonly bytes: Buffer } {
  if (chance(4) > 0) return { head: `Content-Length: ${String(body.length)}`, bytes: body };
  const at = chance(body.length + 1);
  const chunks = [body.subarray(0, at), body.subarray(at), Buffer.alloc(0)]
    .filter((chunk, i) => i === 2 || chunk.length > 0)
    .map((chunk) =>
      Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    );
  return { head: 'Transfer-Encoding: chunked', bytes: Buffer.concat(chunks) };
}

function requestBytes(row: Recorded, body: Buffer, chance: Chance): Buffer {
  const { path, query = '', contentType } = row;
  const target = query === '' ? path : `${path}?${query}`;
  const { head, bytes } = framed(body, chance);
  const lines = [
    'Host: gateway',
    `Content-Type: ${contentType}`,
    head,
    'password: none',
    'access_token: none',
  ];
  return Buffer.concat([
    Buffer.from(`POST ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`),
    bytes,
  ]);
}

/** Two in three changed within their body, so that they are whole; one anywhere. */
function mutated(chance: Chance): Buffer {
  const rows = chance(8) === 0 ? messages : recorded;
  const row = nth(rows, chance(rows.length));
  const other = nth(recorded, chance(recorded.length));
  if (chance(3) === 0) {
    const whole = requestBytes(row, Buffer.from(bodyOf(row)), chance);
    return mutateBytes(whole, requestBytes(other, Buffer.from(bodyOf(other)), chance), chance);
  }
  const path = chance(6) === 0 ? other.path : row.path;
  return requestBytes({ ...row, path }, Buffer.from(mutate(bodyOf(row), chance)), chance);
}

/** The names that each sign was made for. */
const owners = new Map(
  recorded.map(({ presented, names }) => [
    presented.toLowerCase(),
    `${names.productKey ?? 'prod'}/${names.deviceKey ?? 'prod_node_01'}`,
  ]),
);

/** What only one who has proven something is told. */
const TELLING = [
  'issued-secret',
  '"token"',
  '"sessionId"',
  '"access_token"',
  '"iotToken"',
  '"deviceSecret"',
];

const isRefusal = (body: string): boolean =>
  body === '' ||
  body === '0\r\n\r\n' ||
  /^\{"code":(?!200\b)\d{3,5},/.test(body) ||
  /^\{"error_code":"IOTDA\.\d+",/.test(body) ||
  /^\{"id":.*"code":(?!200\b)\d{3,5}/.test(body) ||
  // Where MQTT is: whoever asks is told, for nobody is named.
  /^\{"code":200,"data":\{[^}]*\},"message":"success"\}$/.test(body);

/** What came back that should not have; null: nothing. */
function faultOf({ answer, address }: Exchange, bytes: Buffer, letIn: LetIn): string | null {
  const told = answer.toString('latin1');
  if (told === '') return null;
  const said = `${told} to ${bytes.toString('latin1')}`;
  if (!/^HTTP\/1\.1 \d{3} /.test(told)) return said;
  const sent = readably(bytes);
  const names = new Set([...owners].flatMap(([sign, name]) => (sent.includes(sign) ? [name] : [])));
  letIn.add(address, names);
  const tells = TELLING.some((word) => told.includes(word));
  if (tells) return names.size > 0 ? null : said;
  const bodies = told
    .split(/HTTP\/1\.1 \d{3} [^\r]*\r\n/)
    .slice(1)
    .map((one) => one.slice(one.indexOf('\r\n\r\n') + 4));
  return bodies.every(isRefusal) ? null : said;
}

/** Without the cuts of its chunks, and without the escapes of a form or of JSON. */
const readably = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/\r\n[0-9a-f]+\r\n/gi, '')
    .replace(/(?:%|\\u00)([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
    .toLowerCase();

/** For each seed; the whole size has five of them (see mutated-connects). */
const RUNS = rounds(1) === 1 ? 2_000 : 10_000;

describe('requests over HTTP whose bytes were changed, on the wire', { tags: ['long'] }, () => {
  it.each(seeds(32_001))(
    'tell nobody anything but whose proof is right (seed %i)',
    async (seed) => {
      const { gateway, world } = given;
      const chance = chanceFrom(seed);
      const faults = new Set<string | null>();
      const letIn = new LetIn();
      let answered = 0;
      const run = async (): Promise<void> => {
        const bytes = mutated(chance);
        const done = await exchange(gateway.ports['deviceHttp'] ?? 0, bytes);
        answered += Number(done.answer.length > 0);
        faults.add(faultOf(done, bytes, letIn));
      };
      await runAtOnce(1_000, run);
      const before = heapBytes();
      await runAtOnce(RUNS, run);
      expect([...faults]).toEqual([null]);
      expect(answered).toBeGreaterThan(RUNS / 2);
      for (const { type, session } of world.signals()) {
        if (type !== 'opened') continue;
        expect(letIn.has(session.remoteAddress, nameOf(session))).toBe(true);
      }
      expect(heapBytes() - before).toBeLessThan(MEMORY_BYTES);
    },
  );
});
