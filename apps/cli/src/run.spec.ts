import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from './run.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

const NOT_ALL_KNOWN = { total: 2, applied: 2, unknown: true, gateways: [] };

const APPLIED = {
  ...{ position: 12, total: 1, applied: 1, unknown: false },
  gateways: [{ gatewayId: 'g', applied: true, lagMs: 17, sessionsCut: 1, fencesAt: null }],
};

/** A server that answers by path what the API would. */
const ANSWERS: Readonly<
  Record<string, { readonly status: number; readonly body?: unknown; readonly position?: number }>
> = {
  'POST /api/v1/products': {
    status: 201,
    body: { productKey: 'thermo', name: 'Thermostat', revision: 1 },
    position: 7,
  },
  'POST /api/v1/devices': {
    status: 409,
    body: {
      title: 'Taken',
      status: 409,
      code: 'device-key-taken',
      detail: 'unit-1 stands in thermo already',
    },
  },
  'PATCH /api/v1/products/thermo': {
    status: 400,
    body: {
      title: 'Invalid',
      status: 400,
      code: 'invalid-field',
      detail: 'a field is wrong',
      errors: [{ path: '/maxUnits', message: '1 to 5' }],
    },
  },
  'GET /api/v1/devices?productKey=thermo&tag.site=north': {
    status: 200,
    body: { data: [{ deviceId: 'dv_1', status: 'online' }], nextCursor: 'c1' },
  },
  'GET /api/v1/devices?productKey=thermo&tag.site=north&cursor=c1': {
    status: 200,
    body: { data: [{ deviceId: 'dv_2', status: 'offline' }], nextCursor: null },
  },
  'GET /api/v1/devices/dv_1': {
    status: 200,
    body: { deviceId: 'dv_1', productKey: 'thermo', deviceKey: 'unit-1' },
  },
  'GET /api/v1/devices?status=bogus': {
    status: 400,
    body: {
      ...{ title: 'Invalid', status: 400, code: 'invalid-field', detail: 'status: no status' },
      errors: [{ path: 'status', message: 'no status' }],
    },
  },
  'GET /api/v1/devices/dv_1/explain?clientId=unit-1': {
    status: 200,
    body: { data: [{ decision: 'deny', reason: 'bad-secret', clientId: 'unit-1' }] },
  },
  'GET /api/v1/effects/7?wait=0': {
    status: 200,
    body: { total: 2, applied: 1, unknown: false, gateways: [{ gatewayId: 'g', applied: false }] },
  },
  'GET /api/v1/effects/8?wait=1': { status: 200, body: NOT_ALL_KNOWN },
  'GET /api/v1/effects/8?wait=0': { status: 200, body: NOT_ALL_KNOWN },
  'GET /api/v1/products?limit=1': {
    status: 200,
    body: { data: [{ productKey: 'thermo' }], nextCursor: 'c2' },
  },
  'GET /api/v1/products?cursor=c2': {
    status: 200,
    body: { data: [{ productKey: 'hygro' }], nextCursor: null },
  },
  'GET /api/v1/devices?productKey=thermo&deviceKey=unit-1': {
    status: 200,
    body: { data: [{ deviceId: 'dv_1' }], nextCursor: null },
  },
  'GET /api/v1/devices?productKey=thermo&deviceKey=unit-9': {
    status: 200,
    body: { data: [], nextCursor: null },
  },
  'POST /api/v1/devices/dv_1/disable': {
    status: 200,
    body: { deviceId: 'dv_1', lifecycle: 'disabled' },
    position: 12,
  },
  'POST /api/v1/devices/dv_1/enable': { status: 200, body: { deviceId: 'dv_1' }, position: 7 },
  'GET /api/v1/effects/12?wait=5': { status: 200, body: APPLIED },
  'GET /api/v1/effects/12?wait=3': { status: 200, body: APPLIED },
  'GET /api/v1/devices/dv_1/timeline': {
    status: 200,
    body: {
      data: [
        { position: 3, type: 'DeviceDisabled', data: { reason: 'stolen' } },
        { position: 4, type: 'DeviceActivated', data: { clientId: 'unit-7', gatewayId: 'gw-3' } },
      ],
    },
  },
  'GET /api/v1/devices/dv_1/units': {
    status: 200,
    body: { capacity: 5, used: 1, open: false, data: [{ clientId: 'unit-1', state: 'active' }] },
  },
  'GET /api/v1/store': { status: 200, body: { state: 'lost-tail', relayed: { fast: 7, bulk: 9 } } },
  'POST /api/v1/store/adopt': { status: 200, body: { state: 'ok', incarnation: 2 }, position: 9 },
  'DELETE /api/v1/devices/dv_1/units/unit%2F1': { status: 204, position: 9 },
};

describe('the command line', () => {
  let server: Server;
  let url = '';
  const seen: Seen[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      void readBody(request).then((body) => {
        seen.push({
          method: request.method ?? '',
          url: request.url ?? '',
          body,
          authorization: request.headers.authorization,
        });
        const answer = ANSWERS[`${request.method ?? ''} ${request.url ?? ''}`] ?? {
          status: 404,
          body: { code: 'device-unknown', detail: 'no such device' },
        };
        if (answer.position !== undefined)
          response.setHeader('tallystick-position', answer.position);
        response
          .writeHead(answer.status)
          .end(answer.body === undefined ? '' : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(() => void server.close());
  beforeEach(() => void seen.splice(0));

  async function type(line: string, environment: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const output = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
    };
    const settings = { TALLYSTICK_URL: url, TALLYSTICK_TOKEN: 'the-token', ...environment };
    const code = await run(
      line === '' ? [] : line.split(' '),
      settings,
      output,
      new AbortController().signal,
    );
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  it('creates with the key as the first word and flags in kebab case, and says the position', async () => {
    const done = await type(
      'products create thermo --name Thermostat --registration-free --no-dynamic-activation --max-units 3 --silence-seconds null',
    );
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out.split('\n').at(-1)).toBe('7');
    expect(seen[0]).toMatchObject({ method: 'POST', authorization: 'Bearer the-token' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      ...{ productKey: 'thermo', name: 'Thermostat', registrationFree: true },
      ...{ dynamicActivation: false, maxUnits: 3, silenceSeconds: null },
    });
  });

  it('prints what the API answered with --json, and the position of a write', async () => {
    const done = await type('products create thermo --name Thermostat --json');
    expect(JSON.parse(done.out)).toEqual({
      ...{ productKey: 'thermo', name: 'Thermostat', revision: 1, position: 7 },
    });
  });

  it('exits 1 and says why when the platform refuses', async () => {
    const refused = await type('devices create unit-1 --product-key thermo');
    expect(refused).toMatchObject({
      code: 1,
      err: 'tallystick: unit-1 stands in thermo already (device-key-taken)',
    });
    const invalid = await type('products update thermo --max-units 9');
    expect(invalid.err).toContain('/maxUnits: 1 to 5');
    const twice = await type('devices list --status bogus');
    expect(twice.err).toBe('tallystick: status: no status (invalid-field)');
  });

  it('lists all pages as a table', async () => {
    const { code, out } = await type('devices list --product-key thermo --tags site=north');
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split(/ +/)[0])).toEqual([
      'deviceId',
      'dv_1',
      'dv_2',
    ]);
  });

  it('lists one page where one is asked for, and says how to go on', async () => {
    const first = await type('products list --limit 1');
    expect(first).toMatchObject({ code: 0, err: 'more: --cursor c2' });
    expect(first.out).toContain('thermo');
    const second = await type('products list --cursor c2');
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(second.out).toContain('hygro');
  });

  it('shows the store and adopts it', async () => {
    const shown = await type('store show');
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('lost-tail') as string });
    const adopted = await type('store adopt --json');
    expect(JSON.parse(adopted.out)).toMatchObject({ state: 'ok', incarnation: 2 });
    expect(seen.map(({ method, url: path }) => [method, path])).toEqual([
      ['GET', '/api/v1/store'],
      ['POST', '/api/v1/store/adopt'],
    ]);
  });

  it('waits for effects, and exits 4 when they do not come about', async () => {
    const waited = await type('effects wait 7 --timeout-seconds 0');
    expect(waited).toMatchObject({
      code: 4,
      out: expect.stringContaining('applied on 1 of 2, cut 0 sessions; silent: g') as string,
    });
  });

  it('asks now and then while not all gateways are known, not without pause', async () => {
    expect(await type('effects wait 8 --timeout-seconds 1')).toMatchObject({
      code: 4,
      out: expect.stringContaining('applied on 2 of 2, cut 0 sessions (not all gateways') as string,
    });
    expect(seen.length).toBeLessThan(10);
  });

  it('waits for the effects of a write with --wait, and says how far it has come', async () => {
    const waited = await type('devices disable thermo/unit-1 --reason stolen --wait');
    expect([waited.code, waited.out.split('\n').slice(-2)]).toEqual([
      0,
      ['applied on 1 of 1, cut 1 session, after 17 ms', '12'],
    ]);
    const json = await type('devices disable dv_1 --wait=3 --json');
    expect(JSON.parse(json.out)).toMatchObject({ position: 12, effects: { total: 1, applied: 1 } });
    expect((await type('devices enable dv_1 --wait=0')).code).toBe(4);
    expect((await type('devices enable dv_1 --wait=61')).code).toBe(2);
  });

  it('shows of a timeline why, which unit and where', async () => {
    const { out } = await type('devices timeline dv_1');
    expect(out).toContain('stolen');
    expect(out).toContain('unit-7');
    expect(out).toContain('gw-3');
  });

  it('looks a device up by its product and key, and says when there is none', async () => {
    const found = await type('devices get thermo/unit-1 --json');
    expect(JSON.parse(found.out)).toMatchObject({ deviceId: 'dv_1' });
    expect(await type('devices get thermo/unit-9')).toMatchObject({
      code: 1,
      err: 'tallystick: product thermo has no device unit-9 (device-unknown)',
    });
  });

  it('asks for one unit of a device alone', async () => {
    const { code, out } = await type('devices explain dv_1 --client-id unit-1');
    expect([code, out]).toEqual([0, expect.stringContaining('bad-secret')]);
  });

  it('escapes what it puts into a path', async () => {
    expect(await type('units purge dv_1 --client-id unit/1')).toMatchObject({
      code: 0,
      out: '9',
    });
  });

  it.each([
    ['devices frobnicate', /no command/],
    ['devices get', /deviceId is missing/],
    ['devices get a b', /one word too many/],
    ['devices get dv_1 --nonsense', /--nonsense/],
    ['products create x --max-units many', /--max-units takes a whole number/],
    ['units purge dv_1', /--client-id is missing/],
    ['units switch dv_1', /--client-id is missing/],
    ['products create thermo', /--name is missing/],
    [
      'devices create unit-1',
      /--product-key is missing\nusage: .* --product-key … \[--device-id …\]/,
    ],
    ['devices get ', /deviceId is missing/],
  ])('exits 2 and shows the usage for "%s"', async (line, words) => {
    const done = await type(line);
    expect(done.code).toBe(2);
    expect(done.err).toMatch(words);
    expect(seen).toEqual([]);
  });

  it('shows how many units a name has room for, and whether it is open', async () => {
    const { out } = await type('units list dv_1');
    expect(out.split('\n')[0]).toBe('1 of 5 slots used, closed to new units');
    expect(out).toContain('unit-1');
  });

  it('exits 2 without a token, naming where one would lie', async () => {
    const done = await type('devices get dv_1', {
      TALLYSTICK_TOKEN: '',
      TALLYSTICK_HOME: '/nowhere',
    });
    expect(done).toMatchObject({
      code: 2,
      err: expect.stringContaining('/nowhere/admin-token') as string,
    });
  });

  it('exits 3 when nobody answers', async () => {
    const done = await type('devices get dv_1', { TALLYSTICK_URL: 'http://127.0.0.1:1' });
    expect(done).toMatchObject({
      code: 3,
      err: expect.stringContaining('cannot be reached') as string,
    });
  });

  it('shows the commands of one kind, and which there are where a word is missing or wrong', async () => {
    const asked = await type('units --help');
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(asked.out).toContain('units switch');
    expect(asked.out).not.toContain('devices disable');
    const missing = await type('units');
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toContain('units switch');
    expect(missing.err).not.toContain('devices disable');
  });

  it('shows its commands, and the words of one', async () => {
    expect(await type('')).toMatchObject({
      code: 0,
      out: expect.stringContaining('devices disable') as string,
    });
    const help = await type('devices disable --help');
    expect(help).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        'tallystick devices disable <deviceId> [--reason …] [--wait[=SECONDS]] [--json]',
      ) as string,
    });
  });
});

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
