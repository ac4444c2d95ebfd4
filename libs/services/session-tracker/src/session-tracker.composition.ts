import { NestFactory } from '@nestjs/core';
import type { Clock, EventBus, Ids } from '@tallystick/ports';
import type { Home, Logger, RunningService, Settings } from '@tallystick/services-edge';
import {
  SESSION_TRACKER,
  SessionTrackerModule,
  type RunningTracker,
} from './session-tracker.module.ts';

export interface SessionTrackerServiceDeps {
  readonly settings: Settings;
  readonly home: Home;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bus: EventBus;
  /** Called when it cannot go on. */
  readonly onFailed?: (error: Error) => void;
}

/** Starts a tracker over the bus it is given; the bus stays the caller's to close. */
export async function startSessionTracker(
  deps: SessionTrackerServiceDeps,
): Promise<RunningService> {
  const { bus, clock, ids, logger, settings, onFailed } = deps;
  const context = await NestFactory.createApplicationContext(
    SessionTrackerModule.of({
      ...{ bus, clock, ids, logger, leaseMs: settings.leaseMs },
      ...(onFailed === undefined ? {} : { onFailed }),
    }),
    { logger: false, abortOnError: false },
  );
  const { tracker } = context.get<RunningTracker>(SESSION_TRACKER);
  let stopped: Promise<void> | null = null;
  return {
    name: 'session-tracker',
    ready: () => stopped === null && tracker.caughtUp(),
    checks: () => tracker.checks(),
    stop: () => (stopped ??= context.close()),
  };
}
