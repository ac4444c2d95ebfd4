import { describe, expect, it } from 'vitest';
import { createDistributionOpener } from '../secrets/index.ts';
import { parseGatewayCopy } from '../secrets/distribution.ts';
import {
  accepted,
  context,
  createWorld,
  gatewayKeys,
  type Shared,
} from './handlers-world.builder.ts';

const ref = { productKey: 'pk', deviceKey: 'dk' };
const device = { ...ref, origin: 'api' } as const;
const gateway = createDistributionOpener(gatewayKeys());

interface Named {
  readonly secrets: readonly { readonly secretId: string }[];
}

/** What a gateway makes of the copy beside the newest secret, for that record, life and version. */
function openedAtGateway({ secrets }: Shared, { secrets: [newest] }: Named) {
  const row = secrets.get(newest?.secretId ?? '');
  const copy = parseGatewayCopy(row?.forGateways ?? '');
  return (recordKey: string, generation: number, version: number): string | null => {
    if (copy?.generation !== generation || copy.version !== version) return null;
    const opened = gateway.open(recordKey, generation, version, 1, copy.sealed);
    return opened === null ? null : Buffer.from(opened).toString();
  };
}

describe('the copy for the gateways beside a new secret', () => {
  it('given a registration, then it is for the device’s first secret, and for no other device', async () => {
    const { handlers, shared } = await createWorld();
    const { state, reply } = await accepted(handlers.devices.register(device, context));
    const opened = openedAtGateway(shared, state);
    expect(opened('default/pk/dk', 1, 1)).toBe(reply.secret);
    expect(opened('default/pk/other', 1, 1)).toBeNull();
  });

  it('given a reset of the device’s secret, then it is for the next version', async () => {
    const { handlers, shared } = await createWorld();
    await accepted(handlers.devices.register(device, context));
    const input = { overlapSeconds: 60 };
    const { state, reply } = await accepted(handlers.devices.resetSecret(ref, input, context));
    expect(openedAtGateway(shared, state)('default/pk/dk', 1, 2)).toBe(reply.secret);
  });

  it('given a product and a reset of its secret, then each is for the product', async () => {
    const { handlers, shared } = await createWorld();
    const input = { productKey: 'px', name: 'Valves' };
    const created = await accepted(handlers.products.create(input, context));
    expect(openedAtGateway(shared, created.state)('default/px', 0, 1)).toBe(created.reply.secret);
    const reset = await accepted(handlers.products.resetSecret('px', {}, context));
    expect(openedAtGateway(shared, reset.state)('default/px', 0, 2)).toBe(reset.reply.secret);
  });
});
