import 'reflect-metadata';
import { parseGatewayKeys } from '@tallystick/application';
import { createEventBus } from '@tallystick/event-bus';
import { PortError } from '@tallystick/kernel';
import { startAuthGateway } from '@tallystick/services-auth-gateway';
import {
  busOptions,
  createBusClock,
  loadKeyFile,
  requireKafka,
  runApp,
  serveHealth,
  systemClock,
  systemIds,
} from '@tallystick/services-edge';

await runApp('auth-gateway', async (context) => {
  requireKafka(context);
  const { home, settings } = context;
  const setting = 'TALLYSTICK_GATEWAY_KEYS_FILE';
  // A gateway makes no key: one of its own would open nothing.
  const keys = parseGatewayKeys(
    loadKeyFile(
      home,
      { setting, file: settings.gatewayKeysFile, fallback: 'gateway-keys.json' },
      null,
    ),
  );
  if (!keys.ok)
    throw new PortError(
      'misconfigured',
      `${setting}: the file is no key file (${keys.error.code})`,
    );
  const bus = await createEventBus(busOptions(context, 'auth-gateway'));
  const gateway = await startAuthGateway({
    ...context,
    clock: createBusClock(systemClock, bus),
    ids: systemIds,
    bus,
    epochKeys: keys.value,
    onFailed: context.end,
  });
  const health = await serveHealth(settings.host, settings.healthPort, [gateway]);
  home.publishPort('health', health.port);
  return {
    ready: () => gateway.ready(),
    up: `gateway ${settings.gatewayId} is up; its ports stand in ${home.file('ports.json')}`,
    stop: async () => {
      await gateway.stop();
      await health.close();
      await bus.close();
    },
  };
});
