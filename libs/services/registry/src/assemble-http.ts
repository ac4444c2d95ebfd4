import type { IdentityHandlers } from '@tallystick/application';
import type {
  ActivationAnswer,
  ActivationRequest,
  ClaimAnswer,
  ClaimRequest,
} from '@tallystick/contracts';
import { CommandBus } from '@nestjs/cqrs';
import { levelOf } from '@tallystick/kernel';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { metricsText } from '@tallystick/services-edge';
import type { FastifyInstance } from 'fastify';
import { startRefusals, type Refusals } from './audit/refusals.ts';
import type { BusSide } from './assemble-bus.ts';
import type { Platform } from './controllers/platform.controller.ts';
import type { CommandGate } from './cqrs/command-gate.ts';
import type { HandlerParts } from './cqrs/handler.ts';
import { closeServer } from './http/fastify.ts';
import type { ImportSide } from './imports/import-side.ts';
import { createRequestLimit } from './http/request-limit.ts';
import { createHttpServer } from './http/server.ts';
import { createTokens, type Tokens } from './http/tokens.ts';
import { createTokenUses, type TokenUses } from './http/token-uses.ts';
import { createAbandonClaim } from './internal/abandon-claim.ts';
import { createActivateDevice } from './internal/activate-device.ts';
import { createClaimUnit, deviceAskedFor } from './internal/claim-unit.ts';
import { createGrants } from './internal/grants.ts';
import { createInternalServer } from './internal/internal-server.ts';
import { createNameQuota } from './internal/name-quota.ts';
import { createUnanswered, openedSince, unitsWithLogin } from './internal/unanswered.ts';
import { countAnswers } from './metrics.ts';
import type { Projections } from './projections.ts';
import { RegistryModule } from './registry.module.ts';
import type { StoreWatch } from './store/store-watch.ts';
import type { RegistryDeps } from './registry.types.ts';
import { createDeviceNames } from './views/device-names.ts';
import { createViews, type Views } from './views/views.ts';

export interface HttpSide {
  close(): Promise<void>;
}

export interface HttpSideDeps {
  readonly deps: RegistryDeps;
  readonly handlers: IdentityHandlers;
  readonly projections: Projections;
  readonly busSide: BusSide;
  readonly watch: StoreWatch;
  readonly readiness: Platform['readiness'];
  readonly imports: ImportSide;
  /** Opened with the command bus of the module. */
  readonly commands: Pick<CommandGate, 'open'>;
  /** The last position that this process has written. */
  readonly lastAppended: () => number;
}

/** What is known of the callers, and written beside the calls from time to time. */
interface Beside {
  readonly tokens: Tokens;
  readonly tokenUses: TokenUses;
  readonly refusals: Refusals;
}

function createParts(
  { deps, handlers, busSide, watch, imports, projections }: HttpSideDeps,
  views: Views,
  beside: Beside,
): HandlerParts {
  const { store, clock, logger, bus } = deps;
  const { effects, tracker, explainLog, link, followPurge } = busSide;
  const names = createDeviceNames({ views, store });
  return {
    ...{ identity: handlers, views, names, store, clock, logger },
    ...{ ensureTopics: (topics) => bus.ensureTopics(topics), ...beside },
    audit: projections.audit,
    runner: projections.runner,
    ...{ publish: link.publish, explainLog, effects, tracker, watch, followPurge, imports },
  };
}

/** What devices ask for through their gateways. */
function createAsked({ deps, handlers, busSide }: HttpSideDeps, views: Views) {
  const { clock, settings, idempotency } = deps;
  const { namesPerProduct, claimsPerNamePerSecond, unansweredClaimsPerHour } = settings.limits;
  const { tracker, reactions, marks } = busSide;
  const { countDevices, findDeviceByKey } = views;
  const isKnown = async (...name: Parameters<Views['findDeviceByKey']>): Promise<boolean> =>
    (await findDeviceByKey(...name)) !== null;
  const quota = createNameQuota({ clock, namesPerProduct, countDevices, isKnown });
  const counting = { clock, perHour: unansweredClaimsPerHour };
  const claims = createUnanswered<ClaimRequest>({
    ...{ ...counting, idOf: ({ claimId }) => claimId },
    answered: async (request) => unitsWithLogin(await deviceAskedFor(handlers, request)),
  });
  const secrets = createUnanswered<ActivationRequest>({
    ...{ ...counting, idOf: ({ activationId }) => activationId },
    answered: async (request) => openedSince(await deviceAskedFor(handlers, request)),
  });
  const claim = createClaimUnit({ handlers, quota, unanswered: claims });
  const activate = createActivateDevice({ handlers, marks, quota, unanswered: secrets });
  const granting = { clock, tracker, perNamePerSecond: claimsPerNamePerSecond };
  const { release } = reactions;
  return {
    release,
    claim: createGrants<ClaimRequest, ClaimAnswer>({ ...granting, decide: claim }),
    activate: createGrants<ActivationRequest, ActivationAnswer>({ ...granting, decide: activate }),
    abandon: createAbandonClaim({ clock, idempotency, claim, release }),
  };
}

async function createOperatorsApi(
  sides: HttpSideDeps,
  views: Views,
  beside: Beside,
): Promise<NestFastifyApplication> {
  const { deps, busSide, readiness } = sides;
  const module = RegistryModule.register({
    parts: createParts(sides, views, beside),
    live: busSide.live,
    platform: { readiness, metrics: metricsText, topics: deps.settings },
  });
  const { adminToken, ids, logger, settings, clock } = deps;
  const { requestsPerTokenPerSecond: perSecond } = settings.limits;
  const limit = createRequestLimit({ perSecond, monotonicMs: () => clock.monotonicMs() });
  const onUse = (id: string): void => beside.tokenUses.note(id);
  const admission = { adminToken, limit, findTenant: sides.handlers.loading.tenant, onUse };
  const app = await createHttpServer({ module, ids, logger, ...beside, ...admission });
  countAnswers(app.getHttpAdapter().getInstance());
  await app.init();
  sides.commands.open(app.get(CommandBus));
  return app;
}

/** Where its port is `off`, it stays shut, and `ports.json` does not name it. */
async function listen(
  { settings, home }: RegistryDeps,
  name: 'internal' | 'http',
  server: FastifyInstance,
): Promise<void> {
  const port = settings[`${name}Port`];
  if (port === null) return;
  await server.listen({ host: settings.host, port });
  const address = server.server.address();
  home.publishPort(name, typeof address === 'object' && address !== null ? address.port : port);
}

async function startBeside({ deps, projections, handlers }: HttpSideDeps): Promise<Beside> {
  const { sql, clock, logger } = deps;
  const fails =
    (what: string) =>
    (err: unknown): void =>
      logger[levelOf(err)]({ err }, what);
  const { audit } = projections;
  return {
    tokens: createTokens({ load: handlers.loading.token, clock }),
    tokenUses: await createTokenUses({
      ...{ sql, clock, onError: fails('when tokens were used could not be written') },
    }),
    refusals: startRefusals({
      ...{ audit, clock, onError: fails('refused attempts could not be written to the audit') },
    }),
  };
}

/** Opens the ports and publishes them. */
export async function assembleHttp(sides: HttpSideDeps): Promise<HttpSide> {
  const views = createViews(
    sides.projections.queries,
    sides.projections.runner,
    sides.lastAppended,
  );
  const beside = await startBeside(sides);
  const { ids, logger, internalToken } = sides.deps;
  const internal = createInternalServer({
    ...{ ids, logger, internalToken, refusals: beside.refusals },
    ...createAsked(sides, views),
  });
  const app = await createOperatorsApi(sides, views, beside);
  const close = async (): Promise<void> => {
    await Promise.all([
      closeServer(internal, () => internal.close()),
      closeServer(app.getHttpAdapter().getInstance(), () => app.close()),
    ]);
    await Promise.all([beside.tokenUses.stop(), beside.refusals.stop()]);
  };
  try {
    await listen(sides.deps, 'internal', internal);
    await listen(sides.deps, 'http', app.getHttpAdapter().getInstance());
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
