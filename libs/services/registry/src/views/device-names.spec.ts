import { describe, expect, it } from 'vitest';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import { createDeviceNames } from './device-names.ts';

const call = { tenant: 'default', idempotency: null } as Call;
const keyed: Call = { ...call, idempotency: { key: 'k', request: 'h', asBefore: 'h' } };

/** A view that is behind until it is waited for. */
function given(behind: string | null, caughtUp: string | null) {
  let shown = behind;
  const asked: string[] = [];
  const names = createDeviceNames({
    store: { head: async () => 7 },
    views: {
      findDevice: async () =>
        shown === null ? null : ({ productKey: 'p', deviceKey: shown } as never),
      reach: async (position) => {
        asked.push(`reach ${position}`);
        shown = caughtUp;
      },
    },
  });
  const write = (by: Call, living: string) =>
    names.write(by, 'id', async ({ deviceKey }) => {
      asked.push(deviceKey);
      if (deviceKey !== living) throw new ProblemError('device-unknown');
      return 'done';
    });
  return { names, write, asked };
}

describe('a write by device id', () => {
  it('given an id that the view knows, then nothing is waited for', async () => {
    const { write, asked } = given('a', 'a');
    expect(await write(call, 'a')).toBe('done');
    expect(asked).toEqual(['a']);
  });

  it('given an id that is too new for the view, then it is waited for', async () => {
    const { write, asked } = given(null, 'a');
    expect(await write(call, 'a')).toBe('done');
    expect(asked).toEqual(['reach 7', 'a']);
  });

  it('given an id that another key has got since, then it waits for the view and finds the new key', async () => {
    const { write, asked } = given('old', 'new');
    expect(await write(call, 'new')).toBe('done');
    expect(asked).toEqual(['old', 'reach 7', 'new']);
  });

  it('given a device that is gone, then it is unknown, unless a key may have an answer kept', async () => {
    for (const behind of ['old', null]) {
      await expect(given(behind, null).write(call, 'none')).rejects.toMatchObject({
        code: 'device-unknown',
      });
      expect(await given(behind, null).write(keyed, '-')).toBe('done');
    }
  });

  it('given another refusal, then it is the answer', async () => {
    const { names, asked } = given('a', 'b');
    const refuse = () => Promise.reject(new ProblemError('stale-revision'));
    await expect(names.write(call, 'id', refuse)).rejects.toMatchObject({ code: 'stale-revision' });
    expect(asked).toEqual([]);
  });
});
