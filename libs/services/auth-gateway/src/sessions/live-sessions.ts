import { isDeepStrictEqual } from 'node:util';
import type { CloseReason } from '@tallystick/contracts';
import type { Clock, DeviceSession, SilenceRule } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';
import { judgeSession, secretUntil } from '../decide/judge-session.ts';
import { silenceRuleOf } from '../decide/silence.ts';
import { wasReset, type RowChange } from '../view/fold-record.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import { OverlapEnds } from './overlap-ends.ts';
import { describeSession, SessionIndex, type HeldSession } from './session-index.ts';
import type { SignalPacker } from './signal-packer.ts';

export interface LiveSessionsDeps {
  readonly clock: Clock;
  readonly packer: SignalPacker;
  readonly view: Pick<GatewayView, 'product' | 'device' | 'version'>;
  /** Closes a session now; false if no listener has it. */
  readonly cut: (sessionId: string, reason: CloseReason) => boolean;
  /** How long a session may be silent from now on. */
  readonly allowSilence: (sessionId: string, rule: SilenceRule | null) => void;
  /** Sessions were cut because of a position, that of an event appended then. */
  readonly onCut: (position: number, sessions: number, appendedAt: number | null) => void;
}

/** Says what becomes of the sessions here, and ends those that a change of the view forbids. */
export class LiveSessions {
  readonly #deps: LiveSessionsDeps;
  readonly #index = new SessionIndex();
  readonly #overlaps: OverlapEnds;

  constructor(deps: LiveSessionsDeps) {
    this.#deps = deps;
    this.#overlaps = new OverlapEnds(deps.clock, (id) => deps.cut(id, 'secret-reset'));
  }

  get size(): number {
    return this.#index.size;
  }

  get sizeByTenant(): Readonly<Record<string, number>> {
    return this.#index.sizeByTenant();
  }

  opened(session: DeviceSession<DeviceIdentity>): void {
    const { identity } = session;
    const description = describeSession(session);
    this.#index.add({ identity, description });
    this.#overlaps.set(description.sessionId, identity.secretUntil);
    this.#deps.packer.add({ type: 'opened', session: description });
    if (identity.activates !== null)
      this.#deps.packer.add({
        type: 'activated',
        session: description,
        method: identity.activates,
        at: this.#openedAt(identity),
      });
    // The view may have changed between the decision and now.
    if (identity.viewVersion !== this.#deps.view.version) this.#judge({ identity, description });
  }

  /** Whoever was let in by a view that knows of a reset came after it, whatever the clocks say. */
  #openedAt({ viewVersion, productKey, deviceKey }: DeviceIdentity): number {
    const { clock, view } = this.#deps;
    const isSame = viewVersion === view.version;
    const resetAt = isSame ? view.device(productKey, deviceKey)?.resetAt : null;
    return Math.max(clock.now(), resetAt ?? 0);
  }

  closed(session: DeviceSession<DeviceIdentity>, reason: CloseReason): void {
    this.#overlaps.set(session.sessionId, null);
    const live = this.#index.remove(session.sessionId);
    if (live === undefined) return;
    const at = this.#deps.clock.now();
    this.#deps.packer.add({ type: 'closed', session: live.description, reason, at });
  }

  /** Said of each live session at the start of a term. */
  announce(): void {
    for (const { description } of this.#index.all())
      this.#deps.packer.add({ type: 'announced', session: description });
    this.#deps.packer.flush();
  }

  /** The view was read from its beginning: what is not in it came in no change. */
  judgeAll(): void {
    for (const live of this.#index.all()) this.#judge(live);
  }

  changed(changes: readonly RowChange[]): void {
    if (this.#index.size === 0) return;
    for (const change of changes) {
      const concerned = this.#concernedBy(change);
      const cut = concerned.filter((live) => this.#judge(live, wasReset(change))).length;
      if (cut > 0) this.#deps.onCut(change.after.position, cut, change.appendedAt);
    }
  }

  /** Of a product's policy, what concerns sessions that are live already. */
  #concernedBy({ before, after }: RowChange): readonly HeldSession[] {
    if (after.kind === 'product') {
      const was = before?.kind === 'product' ? before : null;
      const same =
        isDeepStrictEqual(silenceRuleOf(was), silenceRuleOf(after)) &&
        (was?.certificateRequired ?? false) === after.certificateRequired;
      return same ? [] : this.#index.ofProduct(after.productKey);
    }
    if (after.deviceKey === null) return this.#index.ofProduct(after.productKey);
    return this.#index.ofDevice(after.productKey, after.deviceKey);
  }

  #judge({ identity, description }: HeldSession, reset = false): boolean {
    const { clock, view, cut } = this.#deps;
    const reason = judgeSession(identity, view, clock.now()) ?? (reset ? 'reset' : null);
    if (reason !== null) return cut(description.sessionId, reason);
    const device = view.device(identity.productKey, identity.deviceKey);
    const until = secretUntil(identity.secretVersion, device);
    this.#overlaps.set(description.sessionId, until);
    const rule = silenceRuleOf(view.product(identity.productKey));
    this.#deps.allowSilence(description.sessionId, rule);
    return false;
  }
}
