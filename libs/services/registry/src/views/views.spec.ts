import type { DeviceDocument } from '@tallystick/contracts';
import type { IdentityQueries } from '@tallystick/projections';
import { describe, expect, it } from 'vitest';
import { createViews } from './views.ts';

const device = { deviceId: 'd' } as DeviceDocument;

/**
 * A view that stands at 5; `reaches`: how far it gets when somebody waits. The device is there from
 * 7 on.
 */
function setUp(lastAppended: number, reaches: number) {
  const state = { position: 5, waits: [] as number[], asked: 0 };
  const queries: Partial<IdentityQueries> = {
    findDevice: () => {
      state.asked += 1;
      return Promise.resolve(state.position >= 7 ? device : null);
    },
  };
  const runner = {
    position: () => state.position,
    waitFor: (position: number) => {
      state.waits.push(position);
      state.position = reaches;
      return Promise.resolve(reaches >= position);
    },
  };
  const views = createViews(queries as IdentityQueries, runner, () => lastAppended);
  return { state, find: () => views.surely(() => views.findDevice('default', 'd')) };
}

describe('a device that the view does not show', () => {
  it('given this process has appended what the view has not seen, then it is waited for', async () => {
    const { find, state } = setUp(7, 7);
    expect(await find()).toEqual(device);
    expect(state.waits).toEqual([7]);
  });

  it('given the view has seen all that this process appended, then it is not there, at once', async () => {
    const { find, state } = setUp(5, 5);
    expect(await find()).toBeNull();
    expect(state).toMatchObject({ waits: [], asked: 1 });
  });

  it('given the view does not get there in time, then nobody is told that there is nothing', async () => {
    const { find } = setUp(9, 6);
    await expect(find()).rejects.toMatchObject({ code: 'view-behind' });
  });
});
