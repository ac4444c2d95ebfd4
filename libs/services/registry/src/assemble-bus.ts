import { createUnnamedSecrets, type IdentityHandlers } from '@tallystick/application';
import { createAuditSweep } from './audit/audit-sweep.ts';
import { levelOf } from '@tallystick/kernel';
import type { CommandGate } from './cqrs/command-gate.ts';
import { createEffects, type Effects } from './effects/effects.ts';
import { createEffectsTracker, type EffectsTracker } from './effects/effects-tracker.ts';
import type { ImportSide } from './imports/import-side.ts';
import { createExplainLog, type ExplainLog } from './live/explain-log.ts';
import { createLiveStreams, type LiveStreams } from './live/live-stream.ts';
import type { Projections } from './projections.ts';
import { createActivationsReactor } from './reactors/activations.reactor.ts';
import { startBusLink, type BusLink } from './reactors/bus-link.ts';
import { createPurges, type PurgedUnit, type Purges } from './reactors/purges.ts';
import { createReactions, type Reactions } from './reactors/reactions.ts';
import { createReadMarks, type ReadMarks } from './reactors/read-marks.ts';
import { createReaders } from './reactors/readers.ts';
import { createSecretsSweep, type SecretsSweep } from './reactors/secrets-sweep.ts';
import {
  createPurgeSweeper,
  createRegistrationSweeper,
  createSweeper,
} from './reactors/sweeper.ts';
import { startSweeping } from './reactors/sweeping.ts';
import type { Logger } from '@tallystick/services-edge';
import type { RegistryDeps } from './registry.types.ts';

const SWEPT_EVERY_MS = 30_000;
/** An operator waits for the slot. */
const PURGES_SWEPT_EVERY_MS = 2_000;
/** A timeout is told in seconds. */
const REGISTRATIONS_SWEPT_EVERY_MS = 2_000;
/** A page of secrets each time. */
const SECRETS_SWEPT_EVERY_MS = 5_000;
/** What is too old is not shown before it is dropped. */
const AUDIT_SWEPT_EVERY_MS = 60_000;
/** Whoever waits for an import that was left is told within seconds. */
const IMPORTS_SWEPT_EVERY_MS = 1_000;
/** For so long a call under an Idempotency-Key gets the same answer. */
const REPLIES_KEPT_MS = 24 * 3_600_000;

/**
 * What the registry does with the bus: reads it, reacts to it, and knows from it what every gateway
 * has applied.
 */
export interface BusSide {
  readonly link: BusLink;
  readonly tracker: EffectsTracker;
  readonly effects: Effects;
  readonly explainLog: ExplainLog;
  readonly live: LiveStreams;
  readonly reactions: Reactions;
  /** Tells when the gateways' first logins of a device have been reacted to. */
  readonly marks: Pick<ReadMarks, 'upToNow'>;
  /**
   * Frees the slot when every gateway knows; a sweep finds what this process does not live to see.
   */
  readonly followPurge: (unit: PurgedUnit) => void;
  /** Answers all callers that wait for a gateway, and ends all live streams. */
  endWaits(): Promise<void>;
  stop(): Promise<void>;
}

function createEffectsSide({ store, clock, ids, settings }: RegistryDeps) {
  const { leaseMs, budgets } = settings;
  const tracker = createEffectsTracker({ clock, registryId: ids.uuid(), leaseMs });
  const effects = createEffects({ store, clock, tracker, tokenBudgetMs: budgets.tokenMs });
  return { tracker, effects };
}

type SweepParts = Omit<
  Parameters<typeof createSweeper>[0] &
    Parameters<typeof createPurgeSweeper>[0] &
    Parameters<typeof createRegistrationSweeper>[0],
  'clock' | 'bus' | 'pendingMs' | 'waitingUnits' | 'endingRegistrations'
> & { readonly secretsSweep: SecretsSweep; readonly imports: Pick<ImportSide, 'sweep'> };

function startSweeps(
  deps: RegistryDeps,
  { queries, audit }: Pick<Projections, 'queries' | 'audit'>,
  parts: SweepParts,
) {
  const { clock, bus, leadership, logger, settings, idempotency } = deps;
  const waitingUnits = queries.listWaitingUnits;
  const endingRegistrations = queries.listEndingRegistrations;
  const { pendingMs } = settings;
  const sweep = createSweeper({ ...parts, clock, bus, pendingMs, waitingUnits });
  const sweepRegistrations = createRegistrationSweeper({
    ...{ ...parts, clock, bus, endingRegistrations },
  });
  const sweepPurged = createPurgeSweeper({ ...parts, clock, waitingUnits });
  const forget = (): Promise<number> => idempotency.deleteOlderThan(clock.now() - REPLIES_KEPT_MS);
  return startSweeping(leadership, logger, [
    // Short pending times (tests, demonstrations) are held to as well.
    { everyMs: Math.max(100, Math.min(SWEPT_EVERY_MS, pendingMs / 4)), run: sweep },
    { everyMs: PURGES_SWEPT_EVERY_MS, run: sweepPurged },
    { everyMs: REGISTRATIONS_SWEPT_EVERY_MS, run: sweepRegistrations },
    { everyMs: SWEPT_EVERY_MS, run: forget },
    { everyMs: SECRETS_SWEPT_EVERY_MS, run: parts.secretsSweep.run },
    { everyMs: AUDIT_SWEPT_EVERY_MS, run: createAuditSweep({ audit, clock }) },
    { everyMs: IMPORTS_SWEPT_EVERY_MS, run: parts.imports.sweep },
  ]);
}

function follower(purges: Purges, logger: Logger): BusSide['followPurge'] {
  const left = (error: unknown): void =>
    logger[levelOf(error)]({ err: error }, 'a purge is left to the sweep');
  return (unit) => void purges.follow(unit).catch(left);
}

function createLive({ bus, ids, clock, store }: RegistryDeps, link: BusLink): LiveStreams {
  const head = (): Promise<number> => store.head();
  return createLiveStreams({ bus, ids, clock, reached: link.connected, head });
}

/** What reacts writes through the command bus, as a caller does. */
interface WriteSide {
  readonly handlers: Pick<IdentityHandlers, 'loading'>;
  readonly commands: Pick<CommandGate, 'execute'>;
  readonly imports: Pick<ImportSide, 'sweep'>;
}

/** What keeps tables of its own. `publish`: once the bus is reached. */
async function prepareTabled(
  deps: RegistryDeps,
  { activate }: Reactions,
  publish: BusLink['publish'],
) {
  const { store, sql, ids, clock, secrets } = deps;
  const marks = createReadMarks({ ...deps, publish, registryId: ids.uuid() });
  const activations = createActivationsReactor({ sql, activate, marks });
  const explainLog = createExplainLog(sql, () => clock.now());
  const secretsSweep = createSecretsSweep(sql, createUnnamedSecrets({ store, secrets, clock }));
  for (const tables of [activations, marks, explainLog, secretsSweep]) await tables.prepare();
  return { marks, activations, explainLog, secretsSweep };
}

export async function assembleBus(
  deps: RegistryDeps,
  { handlers, commands, imports }: WriteSide,
  projections: Pick<Projections, 'readers' | 'queries' | 'audit'>,
  onReached: () => void,
): Promise<BusSide> {
  const { store, ids, logger } = deps;
  const { tracker, effects } = createEffectsSide(deps);
  const reactions = createReactions({ ids, send: commands.execute });
  const tabled = await prepareTabled(deps, reactions, (records) => link.publish(records));
  const { activations, marks, explainLog, secretsSweep } = tabled;
  const purges = createPurges({
    ...{ store, loading: handlers.loading, effects, tracker },
    release: reactions.releasePurged,
  });
  const readers = createReaders({ ids, tracker, activations, explainLog, reactions });
  const link = startBusLink({
    ...{ bus: deps.bus, logger, beat: tracker.beat, onReached },
    readers: [...readers, ...projections.readers],
  });
  const { publish } = link;
  const { expire, expireRegistration } = reactions;
  const sweeps = startSweeps(deps, projections, {
    ...{ activations, publish, purges, expire, expireRegistration, secretsSweep, imports },
  });
  const live = createLive(deps, link);
  return {
    ...{ link, tracker, effects, explainLog, live, reactions, marks },
    followPurge: follower(purges, logger),
    endWaits: async () => {
      tracker.stop();
      marks.stop();
      await live.stop();
    },
    stop: async () => {
      await Promise.all([sweeps.stop(), link.stop()]);
    },
  };
}
