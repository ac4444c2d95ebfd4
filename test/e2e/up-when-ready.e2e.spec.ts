import { describe, expect, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { givenPlatform } from './harness/given.ts';

describe('an app says that it is up', () => {
  const platform = givenPlatform();

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
