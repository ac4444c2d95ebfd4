import { expect, it } from 'vitest';
import type { SessionSignal } from '@tallystick/contracts';
import { createFixedClock } from '@tallystick/test-kit';
import { device, product, viewOf } from '../fixtures/credentials.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import { LiveSessions } from './live-sessions.ts';
import { SignalPacker } from './signal-packer.ts';

/** When the gateway says that the device has logged in for the first time, by its clock. */
function firstLogin(aheadMs: number, decidedBy: { readonly viewVersion: number }): number {
  const clock = createFixedClock();
  const known = device({ active: true, dynamicOpen: true, resetAt: clock.now() - aheadMs });
  const said: SessionSignal[] = [];
  const packer = new SignalPacker({
    ...{ gatewayId: 'gw', incarnation: 'i', partitions: 1, term: 1 },
    send: (batches) => void said.push(...batches.flatMap(({ batch }) => batch.signals)),
  });
  const live = new LiveSessions({
    ...{ clock, packer, view: { ...viewOf([product(), known]), version: 3 } },
    cut: () => true,
    allowSilence: () => undefined,
    onCut: () => undefined,
  });
  const { tenant, productKey, deviceKey, deviceId, generation } = known;
  const identity: DeviceIdentity = {
    ...{ tenant, productKey, deviceKey, deviceId, generation, ...decidedBy },
    ...{ unit: null, clientId: 'c', dialect: 'enos', secretVersion: 1, secretUntil: null },
    activates: 'static',
  };
  const wire = { listener: 'mqtt', transport: 'tcp', remoteAddress: '1.1.1.1:1' } as const;
  const claim = { ...wire, clientId: 'c', keepAliveSeconds: 60 };
  live.opened({ sessionId: 's', sessionKey: 'k', identity, claim, openedAt: clock.now() });
  packer.flush();
  const activated = said.find((signal) => signal.type === 'activated');
  return activated?.type === 'activated' ? activated.at - clock.now() : NaN;
}

it('given a login that a reset has opened, then it is told of as after the reset', () => {
  expect(firstLogin(5, { viewVersion: 3 })).toBe(0);
  // The registry's clock is ahead of this one.
  expect(firstLogin(-40, { viewVersion: 3 })).toBe(40);
});

it('given the reset was heard of after the decision, then the clock alone says when it was', () => {
  expect(firstLogin(-40, { viewVersion: 2 })).toBe(0);
});
