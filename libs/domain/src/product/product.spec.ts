import { describe, expect, it } from 'vitest';
import type { ProductCommand } from './product.command.types.ts';
import { decideProduct } from './product.decider.ts';
import { evolveProduct, foldProduct, initialProduct } from './product.fold.ts';
import type { ProductPolicy, ProductState } from './product.types.ts';

const now = Date.UTC(2030, 0, 1);
const policy: ProductPolicy = {
  name: 'Meters',
  dialect: 'auto',
  dynamicActivation: false,
  registrationFree: false,
  maxUnits: 5,
  silenceSeconds: null,
  silenceCounts: 'packet',
  certificateRequired: false,
  resetKeepsSecret: true,
  registerRotatesSecret: false,
};
const create: ProductCommand = {
  type: 'CreateProduct',
  tenant: 'default',
  productKey: 'pk',
  policy,
  secretId: 's1',
};

function when(command: ProductCommand, state: ProductState, at = now) {
  const decision = decideProduct(command, state, { now: at });
  const events = decision.ok ? decision.value : [];
  return {
    events,
    refusal: decision.ok ? null : decision.error,
    state: events.reduce(evolveProduct, state),
  };
}

const created = when(create, initialProduct).state;
const closed = when({ type: 'CloseProduct' }, created).state;

describe('CreateProduct', () => {
  it('begins a product with secret version 1', () => {
    expect(created).toEqual({
      status: 'live',
      tenant: 'default',
      productKey: 'pk',
      ...policy,
      createdAt: now,
      closing: false,
      secrets: [{ version: 1, secretId: 's1', expiresAt: null }],
    });
  });

  it('is refused when the key is taken, by whatever tenant', () => {
    expect(when({ ...create, tenant: 'other' }, created).refusal).toEqual({
      code: 'product-key-taken',
    });
  });
});

describe('what breaks a silence', () => {
  it.each([
    ['auto', 'packet'],
    ['alibaba', 'packet'],
    ['enos', 'message'],
  ] as const)(
    'is, for a product of dialect %s that an earlier release made, a %s',
    (dialect, counts) => {
      const { silenceCounts: _, ...earlier } = policy;
      const data = { productKey: 'pk', tenant: 'default', ...earlier, dialect };
      const event = { ...data, secretVersion: 1, secretId: 's1' };
      const state = foldProduct([{ type: 'ProductCreated', time: now, data: event }]);
      expect(state).toMatchObject({ silenceCounts: counts });
    },
  );

  it('is as the product says, and may be changed', () => {
    const change = { silenceCounts: 'message', silenceSeconds: 60 } as const;
    const { events, state } = when({ type: 'ChangeProductPolicy', change }, created);
    expect(events[0]?.data).toEqual({ productKey: 'pk', ...change });
    expect(state).toMatchObject(change);
  });
});

describe('what becomes of a secret that is fetched again', () => {
  it('is, for a product that an earlier release made, that it stays the same', () => {
    const { resetKeepsSecret: _, registerRotatesSecret: __, ...earlier } = policy;
    const event = { productKey: 'pk', tenant: 'default', ...earlier, secretVersion: 1 };
    const data = { ...event, secretId: 's1' };
    const state = foldProduct([{ type: 'ProductCreated', time: now, data }]);
    expect(state).toMatchObject({ resetKeepsSecret: true, registerRotatesSecret: false });
  });

  it('is as the product says, and may be changed', () => {
    const change = { resetKeepsSecret: false, registerRotatesSecret: true } as const;
    const { events, state } = when({ type: 'ChangeProductPolicy', change }, created);
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'ProductPolicyChanged', data: { productKey: 'pk', ...change } },
    ]);
    expect(state).toMatchObject(change);
    expect(when({ type: 'ChangeProductPolicy', change }, state).events).toEqual([]);
  });
});

describe('ChangeProductPolicy', () => {
  const change = (to: Partial<ProductPolicy>): ProductCommand => ({
    type: 'ChangeProductPolicy',
    change: to,
  });

  it('tells the switch by its own events and the rest, as far as it changed, by another', () => {
    const { events, state } = when(
      change({ dynamicActivation: true, maxUnits: 3, dialect: 'auto' }),
      created,
    );
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'DynamicActivationEnabled', data: { productKey: 'pk' } },
      { type: 'ProductPolicyChanged', data: { productKey: 'pk', maxUnits: 3 } },
    ]);
    expect(state).toMatchObject({ dynamicActivation: true, maxUnits: 3, dialect: 'auto' });
    expect(when(change({ dynamicActivation: false }), state).events[0]?.type).toBe(
      'DynamicActivationDisabled',
    );
  });

  it('is quiet when nothing changes', () => {
    expect(when(change({ ...policy }), created)).toMatchObject({ events: [], refusal: null });
    expect(when(change({}), created).events).toEqual([]);
  });
});

describe('ResetProductSecret', () => {
  it('makes the next version the newest, the one before holding for the overlap', () => {
    const command: ProductCommand = {
      type: 'ResetProductSecret',
      secretId: 's2',
      overlapSeconds: 60,
    };
    expect(when(command, created).state).toMatchObject({
      secrets: [
        { version: 2, secretId: 's2', expiresAt: null },
        { version: 1, secretId: 's1', expiresAt: now + 60_000 },
      ],
    });
    expect(when({ ...command, overlapSeconds: 0 }, created).state).toMatchObject({
      secrets: [{ version: 2, secretId: 's2' }],
    });
  });

  it('keeps at most five versions', () => {
    const state = [2, 3, 4, 5, 6, 7].reduce<ProductState>(
      (before, n) =>
        when({ type: 'ResetProductSecret', secretId: `s${n}`, overlapSeconds: 600 }, before).state,
      created,
    );
    expect(state).toMatchObject({ secrets: [7, 6, 5, 4, 3].map((version) => ({ version })) });
  });
});

describe('ReadProductSecret', () => {
  it('leaves a trace each time and changes nothing', () => {
    const { events, state } = when({ type: 'ReadProductSecret' }, created);
    expect(events[0]).toMatchObject({
      type: 'SecretRead',
      data: { productKey: 'pk', secretVersions: [1] },
    });
    expect(state).toEqual(created);
  });
});

describe('CloseProduct, ReopenProduct and DeleteProduct', () => {
  it('closes and reopens, each once', () => {
    expect(closed).toMatchObject({ closing: true });
    expect(when({ type: 'CloseProduct' }, closed)).toMatchObject({ events: [], refusal: null });
    expect(when({ type: 'ReopenProduct' }, closed).state).toEqual(created);
    expect(when({ type: 'ReopenProduct' }, created).events).toEqual([]);
  });

  it('is deleted only when it was closed', () => {
    expect(when({ type: 'DeleteProduct' }, created).refusal).toEqual({ code: 'product-not-empty' });
    expect(when({ type: 'DeleteProduct' }, closed).state).toEqual(initialProduct);
  });
});

describe('a product that is not there', () => {
  it.each([
    { type: 'ChangeProductPolicy', change: {} },
    { type: 'ResetProductSecret', secretId: 's', overlapSeconds: 0 },
    { type: 'ReadProductSecret' },
    { type: 'CloseProduct' },
    { type: 'ReopenProduct' },
    { type: 'DeleteProduct' },
  ] satisfies ProductCommand[])('refuses $type', (command) => {
    expect(when(command, initialProduct).refusal).toEqual({ code: 'product-unknown' });
  });

  it('stays absent under events of no product', () => {
    const deleted = { type: 'ProductDeleted', time: now, data: { productKey: 'pk' } } as const;
    expect(foldProduct([deleted])).toEqual(initialProduct);
  });
});
