import { ConnectLimits } from '../authority/connect-limits.ts';
import { DecisionTeller } from '../authority/decision-teller.ts';
import { GatewayAuthority } from '../authority/device-authority.ts';
import { KeysWatch } from '../authority/keys-watch.ts';
import { PskKeys } from '../authority/psk-keys.ts';
import { ToldLater } from '../authority/told-later.ts';
import { ActivatedHere } from '../claims/activated-here.ts';
import { Promotions } from '../claims/promotions.ts';
import type { RegistryClient } from '../claims/registry-client.ts';
import { SecretClaims } from '../claims/secret-claims.ts';
import { SecretFetches } from '../claims/secret-fetches.ts';
import type { UnitClaims } from '../claims/unit-claims.ts';
import type { DecisionPublisher } from '../decisions/decision-publisher.ts';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { gatewayMetrics } from '../metrics.ts';
import type { LiveSessions } from '../sessions/live-sessions.ts';
import type { TelemetrySink } from '../uplink/telemetry-sink.ts';
import type { RowChange } from '../view/fold-record.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import type { Doors } from './doors.ts';
import { createProofChecker } from './proofs.ts';

export interface ReceptionParts {
  readonly view: GatewayView;
  readonly live: LiveSessions;
  readonly registry: RegistryClient;
  readonly claims: UnitClaims;
  readonly telemetry: TelemetrySink;
  readonly decisions: DecisionPublisher;
  readonly doors: Doors;
  readonly awake: () => boolean;
  /** `host:port` where devices are told to connect. */
  readonly deviceAddress: () => string;
}

/** Who is let in, and what has to be told to those who decide it. */
export interface Reception {
  readonly authority: GatewayAuthority;
  /** The key of a TLS-PSK handshake. */
  readonly pskOf: (identity: string) => Uint8Array;
  /** The view has changed. */
  readonly changed: (changes: readonly RowChange[]) => void;
  /** The view was read from its beginning. */
  readonly read: () => void;
}

export function openReception(deps: AuthGatewayDeps, parts: ReceptionParts): Reception {
  const { settings, clock, ids, epochKeys, logger } = deps;
  const { view, live, doors, decisions, deviceAddress, registry, ...rest } = parts;
  const { gatewayId, budgets } = settings;
  const proofs = createProofChecker(epochKeys, ids);
  const keysWatch = new KeysWatch(logger, clock);
  const toldLater = new ToldLater();
  const metrics = gatewayMetrics;
  const psk = new PskKeys(view, proofs, clock);
  const teller = new DecisionTeller({ view, decisions, metrics });
  const activated = new ActivatedHere(view);
  const fetches = new SecretFetches({ ...doors, view, clock, ids, deviceAddress, activated });
  const promotions = new Promotions({
    ...{ view, fetches, promote: doors.promote },
    mayLogIn: () => parts.awake() && view.stalenessMs() <= budgets.secretMs,
    onPromoted: (identity, login, wireClientId) =>
      toldLater.add(identity, () => teller.allowed(login, wireClientId)),
  });
  const authority = new GatewayAuthority({
    ...{ ...rest, view, live, decisions, metrics, clock, ids, proofs, budgets, toldLater },
    ...{ psk, activated, fetches, promotions, deviceAddress, send: doors.send },
    secrets: new SecretClaims({ registry, gatewayId, ids }),
    limits: new ConnectLimits(settings.limits),
    onUnfitKeys: () => keysWatch.tell(),
  });
  return {
    authority,
    pskOf: (identity) => psk.keyOf(identity),
    changed: (changes) => {
      live.changed(changes);
      fetches.changed(changes);
      promotions.changed(changes);
      activated.changed(changes);
    },
    read: () => {
      live.judgeAll();
      fetches.judgeAll();
    },
  };
}
