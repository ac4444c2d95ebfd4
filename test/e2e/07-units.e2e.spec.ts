import { beforeAll, describe, expect, inject, it } from 'vitest';
import { rounds } from '@tallystick/test-kit';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic } from './harness/kafka-reader.ts';
import {
  claimUnit,
  connectDevice,
  connwlLogin,
  leaveUnanswered,
  regnwlLogin,
  tryUntilAnswered,
} from './harness/mqtt-device.ts';

const PRODUCT = 'card';
const SECRET = 'a-product-secret';
const LOGINS = rounds(200);
const CLAIMS = rounds(1_000);
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Unit {
  readonly clientId: string;
  readonly token: string;
}

describe('steps 9, 10 and 11: physical units under one name', () => {
  const platform = givenPlatform({
    registries: 3,
    gateways: 2,
    // A race of 1,000 claims is no attack here, and a purged token's slot is freed soon.
    settings: {
      TALLYSTICK_LIMIT_CLAIMS_PER_NAME: '100000',
      TALLYSTICK_LIMIT_CLAIMS_PER_ADDRESS: '100000',
      TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '1000000',
      TALLYSTICK_BUDGET_TOKEN_MS: '5000',
    },
  });
  beforeAll(async () => {
    const product = await platform.api('POST', '/products', {
      ...{
        productKey: PRODUCT,
        name: 'Card',
        productSecret: SECRET,
        registrationFree: true,
        dynamicActivation: true,
      },
    });
    expect(product.status).toBe(201);
    await applied(platform.api, product.position);
  });

  const claim = (gateway: number, name: string) =>
    tryUntilAnswered(() => claimUnit(platform.mqtt(gateway), PRODUCT, name, SECRET));
  const loginOnce = (gateway: number, name: string, unit: Unit) =>
    connectDevice(platform.mqtt(gateway), connwlLogin(PRODUCT, name, unit.clientId, unit.token));
  const login = (gateway: number, name: string, unit: Unit) =>
    tryUntilAnswered(() => loginOnce(gateway, name, unit));
  async function deviceIdOf(name: string): Promise<string> {
    let found = '';
    await until(`${name} is listed`, 30_000, async () => {
      const [row] = rows(
        await platform.api('GET', `/devices?productKey=${PRODUCT}&deviceKey=${name}`),
      );
      found = String(row?.['deviceId'] ?? '');
      return found !== '';
    });
    return found;
  }
  const units = async (deviceId: string) =>
    (await platform.api('GET', `/devices/${deviceId}/units`)).body;
  const used = async (deviceId: string) => (await units(deviceId))['used'];
  const post = (deviceId: string, what: string, body: object = {}) =>
    platform.api('POST', `/devices/${deviceId}/units/${what}`, body);

  it(
    `lets a unit in at gateway B the moment its claim at gateway A is answered, ${LOGINS} of ${LOGINS} times`,
    { tags: ['long'] },
    async () => {
      const codes: string[] = [];
      let next = 0;
      const claimInTurn = async (): Promise<void> => {
        for (let index = next++; index < LOGINS; index = next++) {
          const unit = await claim(0, `both-${index}`);
          const device = await loginOnce(1, `both-${index}`, unit);
          codes.push(`${unit.code}, ${device.code}`);
          device.cut();
        }
      };
      await Promise.all(Array.from({ length: 4 }, claimInTurn));
      expect(codes).toEqual(Array.from({ length: LOGINS }, () => '0, 0'));
    },
  );

  it('takes five units in and refuses the sixth, and Kafka is told of the conflict once', async () => {
    // Given six units of one name on two gateways
    const codes: number[] = [];
    for (let index = 0; index < 6; index += 1) codes.push((await claim(index % 2, 'six')).code);
    // Then five are in and the sixth is refused
    expect(codes).toEqual([0, 0, 0, 0, 0, 5]);
    expect((await claim(0, 'six')).code).toBe(5);
    const deviceId = await deviceIdOf('six');
    expect(await units(deviceId)).toMatchObject({ capacity: 5, used: 5, open: true });
    // And the conflict is an event: once for the second unit, once for the slots
    const events = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    const conflicts = () =>
      events.records
        .filter(
          (record) =>
            record.key === `default/${PRODUCT}/six` && eventName(record) === 'ClientIdConflict',
        )
        .map((record) => JSON.parse(record.value ?? '{}') as Record<string, unknown>);
    await events.until('both conflicts are told', () => conflicts().length >= 2);
    await events.stop();
    expect(conflicts().map((conflict) => conflict['cause'])).toEqual(['second-unit', 'slots-full']);
    const seen: Readonly<Record<string, unknown>> = {
      clientId: expect.any(String),
      firstSeenAt: expect.stringMatching(RFC_3339),
      lastSeenAt: expect.stringMatching(RFC_3339),
      gatewayId: expect.stringMatching(/^gateway-[01]$/),
    };
    const of = { deviceId, productKey: PRODUCT, deviceKey: 'six', generation: 1, kind: 'claims' };
    expect(conflicts()).toEqual([
      { ...of, cause: 'second-unit', limit: 5, refused: 0, clientIds: [seen, seen] },
      {
        ...of,
        cause: 'slots-full',
        limit: 5,
        refused: 1,
        clientIds: [seen, seen, seen, seen, seen],
      },
    ]);
    const listed = rows(await platform.api('GET', `/products/${PRODUCT}/multi-client-ids`));
    expect(listed.find((row) => row['deviceKey'] === 'six')).toMatchObject({
      clientIds: 5,
      forbidden: 0,
    });
  });

  it('frees the slot of a claim whose socket is cut before the reply', async () => {
    const first = await claim(0, 'cut');
    expect(first.code).toBe(0);
    const deviceId = await deviceIdOf('cut');
    for (let index = 0; index < 8; index += 1) {
      await leaveUnanswered(platform.mqtt(index % 2), regnwlLogin(PRODUCT, 'cut', SECRET));
      await until('the slot is given back', 30_000, async () => {
        const told = rows(await platform.api('GET', `/devices/${deviceId}/timeline`));
        return told.filter(({ type }) => type === 'ClientIdReleased').length === index + 1;
      });
    }
    expect(await units(deviceId)).toMatchObject({ used: 1, open: true });
    const left = rows(await platform.api('GET', `/devices/${deviceId}/units`));
    expect(left).toMatchObject([{ clientId: first.clientId }]);
  });

  it(`ends ${CLAIMS} racing claims with exactly five units`, { tags: ['long'] }, async () => {
    const granted: Unit[] = [];
    let next = 0;
    const worker = async (index: number): Promise<void> => {
      while (next < CLAIMS) {
        next += 1;
        const unit = await claim(index % 2, 'race');
        if (unit.code === 0) granted.push(unit);
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, index) => worker(index)));
    const deviceId = await deviceIdOf('race');
    expect(await units(deviceId)).toMatchObject({ used: 5 });
    expect(granted).toHaveLength(5);
    expect(new Set(granted.map(({ clientId }) => clientId)).size).toBe(5);
    // And all the refusals made one conflict, beside the one of the second unit
    const told = rows(await platform.api('GET', `/devices/${deviceId}/timeline`));
    const causes = told
      .filter(({ type }) => type === 'ClientIdConflict')
      .map(({ data }) => (data as { cause: string }).cause);
    expect(causes.sort()).toEqual(['second-unit', 'slots-full']);
    for (const unit of granted) expect((await login(0, 'race', unit)).code).toBe(0);
  });

  it('switches to one unit, takes it back, switches again, purges, and makes room for exactly one', async () => {
    // Given four units that are connected
    const four: Unit[] = [];
    for (let index = 0; index < 4; index += 1) four.push(await claim(index % 2, 'switch'));
    const sessions = await Promise.all(four.map((unit, index) => login(index % 2, 'switch', unit)));
    expect(sessions.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const deviceId = await deviceIdOf('switch');
    await until('all four are active', 30_000, async () => {
      const { data } = await units(deviceId);
      return (data as { state: string }[]).every(({ state }) => state === 'active');
    });
    const [kept, ...others] = four;
    if (kept === undefined) throw new Error('no unit');
    // When the operator keeps one
    const switched = await post(deviceId, 'switch', { clientId: kept.clientId });
    expect(switched.status).toBe(200);
    await applied(platform.api, switched.position);
    // Then the others drop, and stay out by token and by claim
    await Promise.all(sessions.slice(1).map(({ closed }) => closed));
    expect(sessions[0]?.isClosed()).toBe(false);
    for (const unit of others) expect((await login(0, 'switch', unit)).code).toBe(5);
    expect((await claim(1, 'switch')).code).toBe(5);
    expect(await units(deviceId)).toMatchObject({ used: 4, open: false });
    // When it is taken back
    const undone = await post(deviceId, 'undo');
    expect(undone.status).toBe(200);
    await applied(platform.api, undone.position);
    // Then all are let in, and the name is open
    for (const unit of others) expect((await login(0, 'switch', unit)).code).toBe(0);
    expect(await units(deviceId)).toMatchObject({ used: 4, open: true });
    // When it is switched again and one of the barred is purged
    await post(deviceId, 'switch', { clientId: kept.clientId });
    const [gone] = others;
    const purged = await platform.api(
      'DELETE',
      `/devices/${deviceId}/units/${gone?.clientId ?? ''}`,
    );
    expect(purged.status).toBe(204);
    // Then undo is refused, and the slot is freed once every gateway knows
    expect((await post(deviceId, 'undo')).body).toMatchObject({ code: 'unit-state' });
    await until('the purged slot is free', 90_000, async () => (await used(deviceId)) === 3);
    // And reopened, the name has room for two: five slots, three in use
    const reopened = await post(deviceId, 'reopen');
    expect(reopened.status).toBe(200);
    await applied(platform.api, reopened.position);
    expect((await claim(0, 'switch')).code).toBe(0);
    expect((await claim(1, 'switch')).code).toBe(0);
    expect((await claim(0, 'switch')).code).toBe(5);
    expect((await login(0, 'switch', gone ?? kept)).code).toBe(4);
  });

  it('makes room for exactly one new unit when a full name is switched, purged and reopened', async () => {
    const five: Unit[] = [];
    for (let index = 0; index < 5; index += 1) five.push(await claim(index % 2, 'full'));
    const deviceId = await deviceIdOf('full');
    const [kept, gone] = five;
    await post(deviceId, 'switch', { clientId: kept?.clientId ?? '' });
    await platform.api('DELETE', `/devices/${deviceId}/units/${gone?.clientId ?? ''}`);
    await until('the purged slot is free', 90_000, async () => (await used(deviceId)) === 4);
    const reopened = await post(deviceId, 'reopen');
    await applied(platform.api, reopened.position);
    expect((await claim(0, 'full')).code).toBe(0);
    expect((await claim(1, 'full')).code).toBe(5);
    expect(await used(deviceId)).toBe(5);
  });

  it('closes the name to claims that race a switch', async () => {
    const first = await claim(0, 'closing');
    const deviceId = await deviceIdOf('closing');
    const [switched, ...claims] = await Promise.all([
      post(deviceId, 'switch', { clientId: first.clientId }),
      ...Array.from({ length: 8 }, (_, index) => claim(index % 2, 'closing')),
    ]);
    expect(switched.status).toBe(200);
    await applied(platform.api, switched.position);
    // Whoever lost the race found the name closed; whoever won it before the switch is barred by it
    for (const unit of claims.filter(({ code }) => code === 0))
      expect((await login(0, 'closing', unit)).code).toBe(5);
    expect((await claim(0, 'closing')).code).toBe(5);
    const { data } = await units(deviceId);
    expect(
      (data as { state: string }[]).filter(
        ({ state }) => state === 'pending' || state === 'active',
      ),
    ).toHaveLength(1);
  });
});
