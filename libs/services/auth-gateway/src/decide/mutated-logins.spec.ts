import { readFileSync } from 'node:fs';
import {
  connackOf,
  parseClaims,
  readDeviceRequest,
  type ParsedConnect,
  type WireConnect,
} from '@tallystick/dialects';
import { chanceFrom, createSeededIds, rounds, seeds } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createProofChecker } from '../composition/proofs.ts';
import { device, epochKeys, product, viewOf } from '../fixtures/credentials.ts';
import { mutate } from '../fixtures/mutations.ts';
import type { ViewLookup } from '../view/view-lookup.ts';
import { decideConnect } from './decide-connect.ts';
import type { ConnectDecision } from './decision.types.ts';

interface Connect {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

interface Request {
  readonly path: string;
  readonly query?: string;
  readonly contentType: string;
  readonly body: string;
  readonly presented: string;
}

/** The vendors' recorded bytes, shared with the dialects' own specs. */
const recorded = <Row>(file: string): readonly Row[] =>
  JSON.parse(
    readFileSync(new URL(`../../../../dialects/src/fixtures/${file}`, import.meta.url), 'utf8'),
  ) as readonly Row[];

const connects = [
  ...recorded<Connect>('connects.json'),
  ...recorded<Connect>('huawei-connects.json'),
];
const requests = recorded<Request>('http-requests.json');

/** Where every name is known, and every secret is another one than what was signed with. */
const known = viewOf(
  ['pk', 'al123456789', '654321', '123', 'ZTUTEcNf', 'product_key', 'scopeA'].flatMap((key) => [
    product({
      productKey: key,
      secret: 'another',
      dynamicActivation: true,
      registrationFree: true,
    }),
    ...['dn', 'dk', 'device', 'device1', 'test', 'vg0aQOVyRf', 'device_key', 'prod_node_01'].map(
      (deviceKey) =>
        device({
          ...{ productKey: key, deviceKey, deviceId: deviceKey, active: false },
          secretsInClear: ['another'],
        }),
    ),
  ]),
);
const unknown = viewOf([]);

const proofs = createProofChecker(epochKeys, createSeededIds(2));

const decide = (parsed: ParsedConnect, view: ViewLookup): ConnectDecision =>
  decideConnect(parsed, {
    ...{ view, proofs, nowMs: Date.UTC(2026, 10, 20, 12), stalenessMs: 100, caughtUp: true },
    budgets: { tokenMs: 60_000, secretMs: 14_400_000 },
    ...{ inTheClear: false, keepAliveSeconds: 60, psk: null, isActivatedHere: () => false },
  });

const codeOf = (decision: ConnectDecision): string =>
  decision.decision === 'deny' ? String(connackOf(decision.reason, decision.dialect)) : 'let in';

/** What went wrong; null: it was refused, and in the same way where its names are not known. */
function faultOf(parsed: ParsedConnect): string | null {
  const [here, there] = [codeOf(decide(parsed, known)), codeOf(decide(parsed, unknown))];
  if (here === 'let in' || there === 'let in') return `let in: ${JSON.stringify(parsed)}`;
  return here === there ? null : `${here} or ${there}: ${JSON.stringify(parsed)}`;
}

/** For each seed; the whole size has five of them, and so 200,000 of each kind. */
const RUNS = rounds(8_000);

/** Going round: there is always one. */
function nth<Row>(rows: readonly Row[], run: number): Row {
  const row = rows[run % rows.length];
  if (row === undefined) throw new Error('no row is recorded');
  return row;
}

describe('a login whose bytes were changed', { tags: ['long'] }, () => {
  it.each(seeds(12_001))(
    'in CONNECT (seed %i): it gets the code of names that nobody has',
    (seed) => {
      const chance = chanceFrom(seed);
      const faults = new Set<string | null>();
      for (let run = 0; run < RUNS; run += 1) {
        const { clientId, username, password } = nth(connects, run);
        const pick = chance(7) + 1;
        const changed = (text: string, bit: number): string =>
          (pick & bit) === 0 ? text : mutate(text, chance);
        const wire: WireConnect = {
          speaks: ([null, 'enos', null] as const)[chance(3)] ?? null,
          clientId: changed(clientId, 1),
          username: chance(50) === 0 ? null : changed(username, 2),
          password: chance(50) === 0 ? null : Buffer.from(changed(password, 4)),
        };
        faults.add(faultOf(parseClaims(wire)));
      }
      expect([...faults]).toEqual([null]);
    },
  );

  it.each(seeds(12_002))('in a request over HTTP (seed %i): the same', (seed) => {
    const chance = chanceFrom(seed);
    const faults = new Set<string | null>();
    for (let run = 0; run < RUNS; run += 1) {
      const { path, query, contentType, body, presented } = nth(requests, run);
      const request = readDeviceRequest({
        method: chance(60) === 0 ? 'PUT' : 'POST',
        path: chance(4) === 0 ? mutate(path, chance) : path,
        query: chance(8) === 0 ? mutate(query ?? '', chance) : (query ?? ''),
        headers: new Map([
          ['content-type', chance(8) === 0 ? mutate(contentType, chance) : contentType],
        ]),
        body: Buffer.from(mutate(body.replace('@', presented), chance)),
      });
      if (request?.kind === 'login' || request?.kind === 'register')
        faults.add(faultOf(request.parsed));
      if (request?.kind === 'guide' && request.login !== null)
        faults.add(faultOf(request.login.parsed));
    }
    expect([...faults]).toEqual([null]);
  });
});
