import { TOPICS } from '@tallystick/contracts';
import type { Ground } from '../composition/ground.ts';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { SignalPacker } from './signal-packer.ts';
import { SignalSpool } from './signal-spool.ts';

/** The way of session signals: packed, and kept on disk while the bus is away. */
export function openSignals(
  { settings, bus, home, logger }: AuthGatewayDeps,
  { incarnation, publishers }: Ground,
): { readonly spool: SignalSpool; readonly packer: SignalPacker } {
  const folder = home.file('gateway-spool');
  const spool = new SignalSpool({ publisher: publishers.signals, folder, logger });
  const packer = new SignalPacker({
    ...{ gatewayId: settings.gatewayId, incarnation, term: 1 },
    partitions: bus.partitions(TOPICS.sessions),
    send: (batches) => spool.add(batches),
  });
  return { spool, packer };
}
