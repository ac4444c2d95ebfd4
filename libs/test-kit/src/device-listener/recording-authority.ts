import type {
  Admission,
  DeviceAuthority,
  DeviceSession,
  FaultyClaim,
  OutgoingMessage,
  SessionClaim,
  SessionDecision,
  SilenceRule,
} from '@tallystick/ports';

export interface Uplinked {
  readonly user: string;
  readonly topic: string;
  readonly text: string;
  readonly qos: 0 | 1 | 2;
  readonly done: (accepted: boolean) => void;
}

type Decided = ReturnType<DeviceAuthority<string, string>['decide']>;

const REFUSED = 'refuse-';

/**
 * Admits user `u` with password `right` as session key `u`, to `own/u/#`, `shared/#` and `$own/u`.
 * User `refuse-X` is refused with X, a wrong password with `bad-secret`. Everything it is told it
 * keeps, in order.
 */
export class RecordingAuthority implements DeviceAuthority<string, string> {
  readonly log: string[] = [];
  readonly uplinks: Uplinked[] = [];
  readonly open = new Map<string, DeviceSession<string>>();
  readonly greetings: boolean[] = [];
  readonly fetchesEnded: string[] = [];
  readonly claims: SessionClaim[] = [];
  /** Null: messages are accepted at once. */
  settle: ((uplink: Uplinked) => void) | null = null;
  greeting: readonly OutgoingMessage[] = [];
  closeAfterMs: number | null = null;
  silence: SilenceRule | null = null;
  fetchOnly = false;
  /** What `decide` answers with; by default at once. */
  answer: (decision: SessionDecision<string, string>) => Decided = (decision) => decision;
  #ids = 0;

  decide(claim: SessionClaim): Decided {
    this.claims.push(claim);
    const user = claim.username ?? '';
    if (user.startsWith(REFUSED)) return this.answer({ refuse: user.slice(REFUSED.length) });
    if (Buffer.from(claim.password ?? []).toString() !== 'right')
      return this.answer({ refuse: 'bad-secret' });
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

  /** What makes a session that only fetches the user's own. */
  promotion(sessionId: string, user: string): Admission<string> {
    return { ...this.admission(user), sessionId, fetchOnly: false };
  }

  refused({ fault }: FaultyClaim): void {
    this.log.push(`refused ${fault}`);
  }

  opened(session: DeviceSession<string>): void {
    this.open.set(session.sessionId, session);
    this.log.push(`opened ${session.sessionId}`);
  }

  closed(session: DeviceSession<string>, reason: string): void {
    if (!this.open.delete(session.sessionId)) throw new Error('closed what was not open');
    this.log.push(`closed ${session.sessionId} ${reason}`);
  }

  fetchEnded({ sessionId }: DeviceSession<string>, reason: string): void {
    this.fetchesEnded.push(`${sessionId} ${reason}`);
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
