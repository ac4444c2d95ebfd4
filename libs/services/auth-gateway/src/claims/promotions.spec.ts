import type { DeviceCredential } from '@tallystick/contracts';
import type { Admission, DeviceSession } from '@tallystick/ports';
import { createFixedClock, createSeededIds } from '@tallystick/test-kit';
import { beforeEach, expect, it } from 'vitest';
import type { SecretClaim } from '../decide/decision.types.ts';
import { device, product, viewOf } from '../fixtures/credentials.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { Fetch } from './live-fetches.ts';
import { Promotions } from './promotions.ts';
import { SecretFetches } from './secret-fetches.ts';

const open = product({ dynamicActivation: true });
const granted = device({ active: false, position: 9 });
const claim: SecretClaim = {
  ...{ decision: 'ask-registry', asks: 'secret', delivery: 'enos', saidId: null },
  ...{ productKey: 'pk', deviceKey: 'dn', product: open, dialect: 'enos', clientId: 'c' },
  ...{ rule: 'r', secretVersion: 7, tenant: 'default', deviceId: null, knownUnit: false },
};
const grant = {
  ...{ deviceSecret: 'secret', secretVersion: 1, deviceId: 'dv_dn' },
  ...{ generation: 1, tenant: 'default', position: 9 },
};

let known: DeviceCredential;
let mayLogIn: boolean;
let fastPosition: number;
let promoted: Admission<DeviceIdentity>[];
let promotions: Promotions;
let session: DeviceSession<DeviceIdentity>;
let fetch: Fetch | undefined;

beforeEach(() => {
  [known, mayLogIn, promoted, fastPosition] = [granted, true, [], 8];
  const view = {
    product: (key: string) => viewOf([open]).product(key),
    device: (productKey: string, key: string) => viewOf([known]).device(productKey, key),
    ...{ version: 3, bulkPosition: 20 },
    get fastPosition() {
      return fastPosition;
    },
  };
  const doors = { cut: () => true, send: () => true, deviceAddress: () => 'h:1' };
  const [clock, ids] = [createFixedClock(), createSeededIds(1)];
  const fetches = new SecretFetches({
    ...doors,
    view,
    clock,
    ids,
    activated: { has: () => false },
  });
  promotions = new Promotions({
    ...{ view, fetches, mayLogIn: () => mayLogIn, onPromoted: () => undefined },
    promote: (_, admission) => promoted.push(admission) > 0,
  });
  const { sessionId, sessionKey, identity } = fetches.admit(claim, 'enos', grant);
  const wire = { listener: 'mqtt', transport: 'tcp', remoteAddress: '1.1.1.1:1' } as const;
  const said = { ...wire, clientId: 'c', keepAliveSeconds: 60 };
  session = { sessionId, sessionKey, identity, claim: said, openedAt: 1 };
  fetch = fetches.of(identity);
});

function confirm(): void {
  if (fetch !== undefined) promotions.confirmed(session, fetch);
}
function tell(after: DeviceCredential): void {
  known = after;
  promotions.changed([{ key: 'd/pk/dn', before: granted, after, appendedAt: null }]);
}

it('given that the device confirms, then the session is its own, by the version that it was given', () => {
  confirm();
  confirm();
  expect(promoted).toMatchObject([
    {
      ...{ sessionId: session.sessionId, sessionKey: 'default/pk/dn#1#', fetchOnly: false },
      ...{ closeAfterMs: null, greeting: [] },
      identity: { secretVersion: 1, activates: 'dynamic', deviceId: 'dv_dn', viewVersion: 3 },
    },
  ]);
});

it('given that this process has stood still, then not before the next that is told of the device', () => {
  mayLogIn = false;
  confirm();
  expect(promoted).toEqual([]);
  mayLogIn = true;
  tell(device({ active: false, revision: 3, position: 11 }));
  expect(promoted).toHaveLength(1);
});

it('given a row of before the grant, then not before the fast lane has passed that', () => {
  known = device({ active: false, position: 2 });
  confirm();
  expect(promoted).toEqual([]);
  fastPosition = 9;
  confirm();
  expect(promoted).toHaveLength(1);
});

it('given that it was not confirmed, then no change of the device makes it its own', () => {
  tell(device({ active: false, revision: 3, position: 11 }));
  expect(promoted).toEqual([]);
});

it.each([
  ['was activated elsewhere', device({ position: 11 })],
  ['has another secret', device({ active: false, position: 11, secrets: [] })],
  ['is another life', device({ active: false, position: 11, generation: 2 })],
])('given a device that %s, then it does not become its own', (_, now) => {
  known = now;
  confirm();
  expect(promoted).toEqual([]);
});
