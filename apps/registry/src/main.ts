import 'reflect-metadata';
import { createEventBus } from '@tallystick/event-bus';
import { busOptions, requireKafka, runApp } from '@tallystick/services-edge';
import { openRegistry } from '@tallystick/services-registry';

await runApp('registry', async (context) => {
  requireKafka(context);
  const bus = await createEventBus(busOptions(context, 'registry'));
  const registry = await openRegistry(context, bus);
  const { adminTokenFile, service } = registry;
  const up = [`registry is up; its ports stand in ${context.home.file('ports.json')}`];
  if (adminTokenFile !== null) up.push(`the first token lies in ${adminTokenFile}`);
  return {
    ready: () => service.ready(),
    up: up.join('\n'),
    stop: async () => {
      await registry.close();
      await bus.close();
    },
  };
});
