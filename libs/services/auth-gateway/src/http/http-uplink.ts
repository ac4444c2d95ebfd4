import {
  isToken,
  type HttpReply,
  type Published,
  type TokenSession,
} from '@tallystick/device-transport';
import {
  toUplinkAnswer,
  toUplinkRefusal,
  type DeviceRequest,
  type UplinkRefusal,
} from '@tallystick/dialects';
import { withinMs } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { HttpParts } from './http-parts.types.ts';
import { unproven } from './http-claims.ts';

type Uplink = Extract<DeviceRequest, { readonly kind: 'uplink' }>;

/** A device does not wait longer for its answer, and says it again. */
const UPLINK_MS = 10_000;

const REFUSALS = {
  'topic-malformed': 'topic-malformed',
  'topic-refused': 'topic-refused',
  'too-many': 'too-many-requests',
  'not-now': 'not-now',
} as const satisfies Record<Exclude<Published, 'taken'>, UplinkRefusal>;

type UplinkParts = Pick<HttpParts, 'sessions' | 'clock' | 'uplinkMs'> & {
  readonly authority: Pick<HttpParts['authority'], 'topicRefused'>;
};

/** Messages of devices that have a token. */
export class HttpUplink {
  readonly #parts: UplinkParts;
  #lastId = 0;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
  }

  /** Answered when the bus has the message. */
  async publish(asked: Uplink): Promise<HttpReply> {
    const { route, token, topic, payload, id } = asked;
    const session = this.#sessionOf(token);
    if (typeof session === 'string') return unproven(toUplinkRefusal(route, session, id));
    const waitMs = this.#parts.uplinkMs ?? UPLINK_MS;
    const published = (await withinMs(session.publish(topic, payload), waitMs)) ?? 'not-now';
    if (published === 'topic-refused') this.#parts.authority.topicRefused(session.described);
    const answer =
      published === 'taken'
        ? toUplinkAnswer(route, id, this.#nextId())
        : toUplinkRefusal(route, REFUSALS[published], id);
    return { ...answer, proven: true };
  }

  #sessionOf(token: string | null): TokenSession<DeviceIdentity> | UplinkRefusal {
    if (token === null || token === '') return 'token-missing';
    if (!isToken(token)) return 'token-malformed';
    return this.#parts.sessions.find(token) ?? 'token-ended';
  }

  /** Rises, also over a restart; below 2^53, so that every JSON reader keeps it. */
  #nextId(): number {
    this.#lastId = Math.max(this.#lastId + 1, this.#parts.clock.now() * 1000);
    return this.#lastId;
  }
}
