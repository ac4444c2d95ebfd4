import 'reflect-metadata';
import { createEventBus } from '@tallystick/event-bus';
import { busOptions, requireKafka, runApp, say } from '@tallystick/services-edge';
import { openRegistry } from '@tallystick/services-registry';

await runApp('registry', async (context) => {
  requireKafka(context);
  const bus = await createEventBus(busOptions(context, 'registry'));
  const registry = await openRegistry(context, bus);
  say(`registry is up; its ports stand in ${context.home.file('ports.json')}`);
  if (registry.adminTokenFile !== null) say(`the first token lies in ${registry.adminTokenFile}`);
  return {
    stop: async () => {
      await registry.close();
      await bus.close();
    },
  };
});
