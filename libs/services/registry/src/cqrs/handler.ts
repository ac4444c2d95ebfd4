import { Inject } from '@nestjs/common';
import type { IdentityHandlers } from '@tallystick/application';
import type { BusPublisher, Clock, EventBus, EventStore } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { AuditLog, ViewRunner } from '@tallystick/projections';
import type { Refusals } from '../audit/refusals.ts';
import type { Effects } from '../effects/effects.ts';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import type { TokenUses } from '../http/token-uses.ts';
import type { Tokens } from '../http/tokens.ts';
import type { ImportSide } from '../imports/import-side.ts';
import type { ExplainLog } from '../live/explain-log.ts';
import type { PurgedUnit } from '../reactors/purges.ts';
import type { StoreWatch } from '../store/store-watch.ts';
import type { DeviceNames } from '../views/device-names.ts';
import type { Views } from '../views/views.ts';

export const PARTS = Symbol.for('tallystick.registry.parts');

/** What the handlers work with. */
export interface HandlerParts {
  readonly identity: IdentityHandlers;
  readonly views: Views;
  readonly names: DeviceNames;
  readonly store: Pick<EventStore, 'head' | 'readStream'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publish: BusPublisher['publish'];
  readonly ensureTopics: EventBus['ensureTopics'];
  readonly tokens: Tokens;
  readonly tokenUses: TokenUses;
  readonly audit: AuditLog;
  readonly refusals: Refusals;
  readonly explainLog: ExplainLog;
  readonly effects: Effects;
  readonly tracker: EffectsTracker;
  readonly watch: StoreWatch;
  /** Where the views stand, and what is built beside them. */
  readonly runner: Pick<ViewRunner, 'list' | 'check' | 'findCheck'>;
  readonly imports: ImportSide;
  /** Frees the slot of a purged unit once the purge has reached every gateway. */
  readonly followPurge: (unit: PurgedUnit) => void;
}

/** A handler carries a call out and renders its answer; what is refused is a ProblemError. */
export abstract class Handler {
  protected readonly parts: HandlerParts;

  constructor(@Inject(PARTS) parts: HandlerParts) {
    this.parts = parts;
  }
}
