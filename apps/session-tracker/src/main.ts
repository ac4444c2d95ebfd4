import 'reflect-metadata';
import { createEventBus } from '@tallystick/event-bus';
import {
  busOptions,
  createBusClock,
  requireKafka,
  runApp,
  serveHealth,
  systemClock,
  systemIds,
} from '@tallystick/services-edge';
import { startSessionTracker } from '@tallystick/services-session-tracker';

await runApp('session-tracker', async (context) => {
  requireKafka(context);
  const { home } = context;
  const bus = await createEventBus(busOptions(context, 'session-tracker'));
  const tracker = await startSessionTracker({
    ...context,
    clock: createBusClock(systemClock, bus),
    ids: systemIds,
    bus,
    onFailed: context.end,
  });
  const closeHealth = await serveHealth(context, [tracker]);
  return {
    ready: () => tracker.ready(),
    up: `session-tracker is up; its port stands in ${home.file('ports.json')}`,
    stop: async () => {
      await tracker.stop();
      await closeHealth();
      await bus.close();
    },
  };
});
