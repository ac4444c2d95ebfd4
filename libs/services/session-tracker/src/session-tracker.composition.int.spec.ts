import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@tallystick/contracts';
import { createEventBus } from '@tallystick/event-bus';
import {
  createLogger,
  loadSettings,
  metricsText,
  openHome,
  systemClock,
  systemIds,
} from '@tallystick/services-edge';
import { expect, it, onTestFinished } from 'vitest';
import { startSessionTracker } from './index.ts';
import { closed, describe, GatewayVoice, opened, TopicReader } from './tracker-world.builder.ts';

it('the service runs over the embedded bus, goes on after a restart, and shows what it holds', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tracker-'));
  onTestFinished(() => rm(path, { recursive: true }));
  const settings = loadSettings({ TALLYSTICK_HOME: path });
  if (!settings.ok) throw new Error(settings.error.join());
  const home = openHome(path);
  onTestFinished(() => home.release());
  const run = async () => {
    const bus = await createEventBus({ brokers: [], embeddedFile: home.file('bus.db') });
    const deps = { bus, home, settings: settings.value, clock: systemClock, ids: systemIds };
    const service = await startSessionTracker({ ...deps, logger: createLogger('spec', 'silent') });
    const presence = await TopicReader.open(bus, TOPICS.presence);
    const gateway = await GatewayVoice.open(bus, 'g');
    await gateway.report();
    return { bus, service, presence, gateway };
  };

  const first = await run();
  const session = describe('d1', 's1');
  await first.gateway.say(opened(session));
  await first.presence.until('online', () => first.presence.said('d1').length === 2);
  await expect.poll(() => first.service.ready()).toBe(true);
  expect(first.service.checks()).toEqual({ bus: 'ok', sessions: 'ok' });
  expect((await metricsText()).text).toMatch(/^tallystick_tracker_online_devices 1$/m);
  await first.service.stop();
  await first.bus.close();
  expect(first.service.ready()).toBe(false);
  expect((await metricsText()).text).toMatch(/^tallystick_tracker_online_devices 0$/m);

  const second = await run();
  await second.gateway.say(closed(session));
  await second.presence.until('offline', () => second.presence.said('d1').length === 4);
  expect(second.presence.said('d1').slice(2)).toEqual([
    'SessionClosed s1 1 client',
    'DeviceOffline s1 1 client',
  ]);
  await second.service.stop();
  await second.bus.close();
});
