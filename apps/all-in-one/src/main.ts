import 'reflect-metadata';
import { parseGatewayKeys } from '@tallystick/application';
import { createEventBus } from '@tallystick/event-bus';
import { startAuthGateway } from '@tallystick/services-auth-gateway';
import {
  busOptions,
  createBusClock,
  openTlsIdentities,
  readGatewayKeys,
  readiness,
  requirePort,
  runApp,
  systemClock,
  systemIds,
  type AppContext,
  type Home,
  type PortName,
  type RunningService,
} from '@tallystick/services-edge';
import { openRegistry } from '@tallystick/services-registry';
import { startSessionTracker } from '@tallystick/services-session-tracker';
import { ownRegistry, welcome } from './welcome.ts';

/** A HOME that remembers which ports its services were given. */
function rememberingPorts(home: Home): {
  readonly home: Home;
  readonly ports: Partial<Record<PortName, number>>;
} {
  const ports: Partial<Record<PortName, number>> = {};
  const publishPort: Home['publishPort'] = (name, port) => {
    ports[name] = port;
    home.publishPort(name, port);
  };
  return { home: { ...home, publishPort }, ports };
}

await runApp('all-in-one', async (outer) => {
  requirePort(outer.settings, 'internal', 'the gateway of this app reaches its registry by it');
  const { home, ports } = rememberingPorts(outer.home);
  const context: AppContext = { ...outer, home };
  // A first certificate takes its time, and nothing but the gateway waits for it.
  const certificate = openTlsIdentities({ ...context, clock: systemClock }, 'make');
  const bus = await createEventBus(busOptions(context, 'all-in-one'));
  const beside: RunningService[] = [];
  const expected = 2;
  const registry = await openRegistry(context, bus, () => {
    const { ready, checks } = readiness(beside);
    return { ready: ready && beside.length === expected, checks };
  });
  const common = { ...context, clock: createBusClock(systemClock, bus), ids: systemIds, bus };
  beside.push(await startSessionTracker({ ...common, onFailed: context.end }));
  const settings = {
    ...context.settings,
    registryUrls: [ownRegistry(context.settings, ports)],
  };
  const epochKeys = readGatewayKeys(context, parseGatewayKeys, 'fail');
  const tls = await certificate;
  const own = { settings, epochKeys, tls };
  beside.push(await startAuthGateway({ ...common, ...own, onFailed: context.end }));
  return {
    ready: () => readiness([registry.service, ...beside]).ready,
    up: welcome(context.settings, ports, registry.adminTokenFile, home.path),
    // The gateway first: its sessions' ends are still told.
    stop: async () => {
      for (const service of beside.toReversed()) await service.stop();
      tls.close();
      await registry.close();
      await bus.close();
    },
  };
});
