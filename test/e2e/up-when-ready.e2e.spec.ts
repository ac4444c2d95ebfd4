import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { startPlatform, type Platform } from './harness/platform.ts';

describe('an app says that it is up', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await startPlatform({
      kafkaBrokers: inject('kafkaBrokers'),
      databaseUrl: inject('databaseUrl'),
    });
  });
  afterAll(() => platform.stop());

  it.each(['registries', 'gateways', 'trackers'] as const)(
    'when it is ready, and not before (%s)',
    async (kind) => {
      const [app] = platform[kind];
      if (app === undefined) throw new Error('the platform has one of each');
      await app.stop();
      const before = app.log().length;
      await app.restart({ waitReady: false });
      await until('it says that it is up', 30_000, () =>
        app.log().slice(before).includes(' is up'),
      );
      expect(await app.readyz()).toMatchObject({ ready: true });
    },
  );
});
