import type { DynamicModule, OnModuleDestroy } from '@nestjs/common';
import { showMetrics } from './metrics.ts';
import { SessionTracker, type SessionTrackerDeps } from './session-tracker.ts';

export const SESSION_TRACKER = Symbol('SESSION_TRACKER');

/** Ties a tracker's life to the application context's. */
export class RunningTracker implements OnModuleDestroy {
  readonly tracker: SessionTracker;
  readonly #hide: () => void;

  constructor(tracker: SessionTracker) {
    this.tracker = tracker;
    this.#hide = showMetrics(tracker);
  }

  async onModuleDestroy(): Promise<void> {
    this.#hide();
    await this.tracker.stop();
  }
}

export class SessionTrackerModule {
  static of(deps: SessionTrackerDeps): DynamicModule {
    const useFactory = async () => new RunningTracker(await SessionTracker.start(deps));
    return { module: SessionTrackerModule, providers: [{ provide: SESSION_TRACKER, useFactory }] };
  }
}
