import { pause, type Clock } from '@tallystick/ports';
import { SURE_WITHIN_MS } from '../decide/decision-context.ts';
import type { GatewayView } from '../view/gateway-view.ts';

/** Older than this the view is not late but cut off: nobody waits for it. */
const MOMENTARY_MS = 5_000;
const LONGEST_WAIT_MS = 2_500;
const LOOK_EVERY_MS = 25;
const MOST_WAITING = 500;

/**
 * A view that lags for a moment may lack what another gateway has just granted. So the decision
 * waits for the view instead of refusing the device.
 */
export class FreshnessWait {
  readonly #view: Pick<GatewayView, 'stalenessMs'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #waiting = 0;

  constructor(view: Pick<GatewayView, 'stalenessMs'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#view = view;
    this.#clock = clock;
  }

  /** Resolves when the view is fresh, or is given up; null: there is nothing to wait for. */
  begin(): Promise<void> | null {
    return this.#waiting < MOST_WAITING && this.#lags() ? this.#wait() : null;
  }

  #lags(): boolean {
    const stalenessMs = this.#view.stalenessMs();
    return stalenessMs > SURE_WITHIN_MS && stalenessMs <= MOMENTARY_MS;
  }

  async #wait(): Promise<void> {
    const end = this.#clock.monotonicMs() + LONGEST_WAIT_MS;
    this.#waiting += 1;
    while (this.#lags() && this.#clock.monotonicMs() < end) await pause(LOOK_EVERY_MS);
    this.#waiting -= 1;
  }
}
