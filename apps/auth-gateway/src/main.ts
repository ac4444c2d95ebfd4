import 'reflect-metadata';
import { parseGatewayKeys } from '@tallystick/application';
import { createEventBus } from '@tallystick/event-bus';
import { startAuthGateway } from '@tallystick/services-auth-gateway';
import {
  busOptions,
  createBusClock,
  openTlsIdentities,
  readGatewayKeys,
  requireKafka,
  runApp,
  serveHealth,
  systemClock,
  systemIds,
} from '@tallystick/services-edge';

await runApp('auth-gateway', async (context) => {
  requireKafka(context);
  const { home, settings } = context;
  const epochKeys = readGatewayKeys(context, parseGatewayKeys, 'fail');
  const bus = await createEventBus(busOptions(context, 'auth-gateway'));
  const tls = await openTlsIdentities({ ...context, clock: systemClock }, 'none');
  const gateway = await startAuthGateway({
    ...{ ...context, tls },
    clock: createBusClock(systemClock, bus),
    ids: systemIds,
    bus,
    epochKeys,
    onFailed: context.end,
  });
  const closeHealth = await serveHealth(context, [gateway]);
  return {
    ready: () => gateway.ready(),
    up: `gateway ${settings.gatewayId} is up; its ports stand in ${home.file('ports.json')}`,
    stop: async () => {
      await gateway.stop();
      tls.close();
      await closeHealth();
      await bus.close();
    },
  };
});
