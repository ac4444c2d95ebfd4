import type { BusCommand } from './commands.types.ts';
import { parseKinds, type Shape } from './parse-kinds.ts';

const SHAPES: Readonly<Record<string, Shape>> = {
  kick: { sessionId: 'string', gatewayId: 'string', reason: 'string', at: 'number' },
  fence: { gatewayId: 'string', incarnation: 'string', term: 'number', at: 'number' },
  'conflict-evidence': {
    tenant: 'string',
    productKey: 'string',
    deviceKey: 'string',
    generation: 'number',
    clientIds: 'object',
    at: 'number',
  },
};

/** A record of internal.commands.v1; null: not known, to be passed over. */
export function parseBusCommand(value: Uint8Array | null): BusCommand | null {
  return parseKinds<BusCommand>(value, SHAPES);
}
