import type {
  Admission,
  ConnectClaim,
  ConnectDecision,
  DeviceAuthority,
  DeviceListener,
  DeviceSession,
  OutgoingMessage,
  RefusalCode,
  SilenceRule,
} from '@tallystick/ports';
import { createMqttListener, type MqttListenerOptions } from '../mqtt-listener.ts';

export interface Uplinked {
  readonly user: string;
  readonly topic: string;
  readonly text: string;
  readonly qos: 0 | 1 | 2;
  readonly done: (accepted: boolean) => void;
}

const REFUSALS: readonly RefusalCode[] = [1, 2, 3, 4, 5];

/**
 * Admits user `u` with password `right` as session key `u`, to `own/u/#`, `shared/#` and `$own/u`.
 * User `refuse-N` is refused with N. Everything it is told it keeps, in order.
 */
export class RecordingAuthority implements DeviceAuthority<string> {
  readonly log: string[] = [];
  readonly uplinks: Uplinked[] = [];
  readonly open = new Map<string, DeviceSession<string>>();
  readonly greetings: boolean[] = [];
  readonly claims: ConnectClaim[] = [];
  /** Null: messages are accepted at once. */
  settle: ((uplink: Uplinked) => void) | null = null;
  greeting: readonly OutgoingMessage[] = [];
  closeAfterMs: number | null = null;
  silence: SilenceRule | null = null;
  fetchOnly = false;
  /** What `decide` answers with; by default at once. */
  answer: (decision: ConnectDecision<string>) => ReturnType<DeviceAuthority<string>['decide']> = (
    decision,
  ) => decision;
  #ids = 0;

  decide(claim: ConnectClaim): ReturnType<DeviceAuthority<string>['decide']> {
    this.claims.push(claim);
    const user = claim.username ?? '';
    const refusal = REFUSALS.find((code) => user === `refuse-${String(code)}`);
    if (refusal !== undefined) return this.answer({ refuse: refusal });
    if (Buffer.from(claim.password ?? []).toString() !== 'right') return this.answer({ refuse: 4 });
    return this.answer({ admit: this.admission(user) });
  }

  admission(user: string): Admission<string> {
    this.#ids += 1;
    const allowed = (topic: string): boolean =>
      topic.startsWith(`own/${user}/`) || topic.startsWith('shared/') || topic === `$own/${user}`;
    const { greeting, closeAfterMs, silence, fetchOnly } = this;
    return {
      sessionKey: user,
      sessionId: `s${String(this.#ids)}`,
      identity: user,
      mayPublish: allowed,
      maySubscribe: allowed,
      isShared: (topic) => topic.startsWith('shared/'),
      ...{ greeting, closeAfterMs, silence, fetchOnly },
    };
  }

  refused({ code }: { readonly code: RefusalCode }): void {
    this.log.push(`refused ${String(code)}`);
  }

  opened(session: DeviceSession<string>): void {
    this.open.set(session.sessionId, session);
    this.log.push(`opened ${session.sessionId}`);
  }

  closed(session: DeviceSession<string>, reason: string): void {
    if (!this.open.delete(session.sessionId)) throw new Error('closed what was not open');
    this.log.push(`closed ${session.sessionId} ${reason}`);
  }

  greeted(_admission: Admission<string>, delivered: boolean): void {
    this.greetings.push(delivered);
  }

  published(
    session: DeviceSession<string>,
    message: { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1 | 2 },
    done: (accepted: boolean) => void,
  ): void {
    const { topic, qos } = message;
    const text = Buffer.from(message.payload).toString();
    const uplink = { user: session.identity, topic, text, qos, done };
    this.uplinks.push(uplink);
    if (this.settle === null) done(true);
    else this.settle(uplink);
  }
}

const silent = (): void => undefined;

/**
 * A listener on a free port of the loopback, its ticks short so that deadlines are met in tests.
 */
export function listenFor(
  authority: DeviceAuthority<string>,
  options: Partial<MqttListenerOptions<string>> = {},
): Promise<DeviceListener> {
  let ids = 0;
  return createMqttListener<string>({
    host: '127.0.0.1',
    port: 0,
    name: 'mqtt',
    authority,
    ids: {
      uuid: () => `id-${String((ids += 1))}`,
      deviceId: () => 'dv_0',
      token: (length) => 't'.repeat(length),
      bytes: (length) => new Uint8Array(length),
    },
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    log: { warn: silent, debug: silent },
    tickMs: 10,
    ...options,
  });
}
