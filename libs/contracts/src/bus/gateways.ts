import type { GatewaysRecord } from './gateways.types.ts';
import { parseKinds, type Shape } from './parse-kinds.ts';

const SHAPES: Readonly<Record<string, Shape>> = {
  gateway: {
    gatewayId: 'string',
    incarnation: 'string',
    term: 'number',
    ready: 'boolean',
    released: 'boolean',
    reportedAt: 'number',
    leaseMs: 'number',
    fastPosition: 'number',
    bulkPosition: 'number',
    stalenessMs: 'number',
    sessions: 'number',
    longestBudgetMs: 'number',
    tokenBudgetMs: 'number',
    cuts: 'object',
  },
  beat: { writer: 'string', at: 'number' },
  retired: { gatewayId: 'string', at: 'number' },
};

/** A record of internal.gateways.v1; null: not known, to be passed over. */
export function parseGatewaysRecord(value: Uint8Array | null): GatewaysRecord | null {
  return parseKinds<GatewaysRecord>(value, SHAPES);
}
