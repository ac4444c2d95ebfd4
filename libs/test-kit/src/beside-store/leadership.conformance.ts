import type { Leadership } from '@tallystick/ports';
import { describe, expect, it, vi } from 'vitest';
import { openedOnce, type Opened } from './opened.ts';

const WAIT = { timeout: 30_000, interval: 5 };

/** Contenders for one lead; a single one where one process alone may contend. */
export type Contenders = readonly [Leadership, Leadership] | readonly [Leadership];

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What every leadership must do (ports: leadership). */
export function leadershipConformance(
  name: string,
  open: () => Promise<Opened<Contenders>>,
  { alone }: { readonly alone: boolean },
): void {
  describe(`${name} as leadership`, () => {
    const contenders = openedOnce(open);

    it('leads, and a stop ends the lead before it resolves', async () => {
      const [one] = contenders();
      const told: string[] = [];
      const campaign = one.campaign('conformance-stop', async (signal) => {
        told.push('leads');
        await untilAborted(signal);
        told.push('ended');
      });
      await vi.waitFor(() => expect(told).toEqual(['leads']), WAIT);
      await campaign.stop();
      expect(told).toEqual(['leads', 'ended']);
    });

    it('leads again after a lead that has returned, and after one that has thrown', async () => {
      const [one] = contenders();
      let leads = 0;
      const campaign = one.campaign('conformance-again', async (signal) => {
        leads += 1;
        if (leads === 1) return;
        if (leads === 2) throw new Error('the lead has failed');
        await untilAborted(signal);
      });
      await vi.waitFor(() => expect(leads).toBe(3), WAIT);
      await campaign.stop();
      expect(leads).toBe(3);
    });

    it('has nobody lead who was stopped before', async () => {
      const [one] = contenders();
      let leading = 0;
      const campaign = one.campaign('conformance-stopped', async (signal) => {
        leading += 1;
        await untilAborted(signal);
        leading -= 1;
      });
      await campaign.stop();
      await campaign.stop();
      expect(leading).toBe(0);
    });

    it('leads under two names at once', async () => {
      const [one] = contenders();
      const leads = new Set<string>();
      const campaigns = ['a', 'b'].map((lead) =>
        one.campaign(`conformance-${lead}`, async (signal) => {
          leads.add(lead);
          await untilAborted(signal);
        }),
      );
      await vi.waitFor(() => expect(leads.size).toBe(2), WAIT);
      await Promise.all(campaigns.map((campaign) => campaign.stop()));
    });

    if (!alone) oneAtATime(contenders);
  });
}

/** What holds where several processes contend. */
function oneAtATime(contenders: () => Contenders): void {
  it('has one leader at a time, and the other after a stop', async () => {
    const began: number[] = [];
    let [leading, most] = [0, 0];
    const campaigns = contenders().map((each, index) =>
      each.campaign('conformance-two', async (signal) => {
        began.push(index);
        most = Math.max(most, (leading += 1));
        await untilAborted(signal);
        leading -= 1;
      }),
    );
    await vi.waitFor(() => expect(began).toHaveLength(1), WAIT);
    const [first = 0] = began;
    await campaigns[first]?.stop();
    await vi.waitFor(() => expect(began).toEqual([first, 1 - first]), WAIT);
    await campaigns[1 - first]?.stop();
    expect([leading, most]).toEqual([0, 1]);
  });
}
