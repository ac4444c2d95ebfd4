import type { HttpReply, HttpRequest } from '@tallystick/device-transport';
import {
  NO_SUCH_PATH,
  toGuideReply,
  toHttpFault,
  toHttpRefusal,
  toLoginAnswer,
  toRegistrationReply,
  type ClaimRoute,
  type DeviceRequest,
  type HttpAnswerText,
  type HttpFault,
  type ParsedConnect,
  type RefusalReason,
} from '@tallystick/dialects';
import type { SessionClaim } from '@tallystick/ports';
import type { HttpParts } from './http-parts.types.ts';

type Asked<K extends DeviceRequest['kind']> = Extract<DeviceRequest, { readonly kind: K }>;
interface Claimed {
  readonly route: ClaimRoute;
  readonly fault: HttpFault | null;
}

/** Nobody has proven anything by it. */
export const unproven = (answer: HttpAnswerText): HttpReply => ({ ...answer, proven: false });

/** As a listener of MQTT would hand it on, with what HTTP has of it. */
function claimOf(parsed: ParsedConnect, { remoteAddress }: HttpRequest): SessionClaim {
  return {
    ...{ listener: 'deviceHttp', transport: 'http', remoteAddress, pskIdentity: null },
    ...{ clientId: parsed.clientId ?? '', username: null, password: null },
    ...{ keepAliveSeconds: 0, willTopic: null },
  };
}

/** The vendor's word for a refusal; a malformed request may have one of its own. */
function refused({ route, fault }: Claimed, reason: RefusalReason): HttpReply {
  const own = reason === 'malformed-credentials' ? fault : null;
  return unproven(own === null ? toHttpRefusal(route, reason) : toHttpFault(route, own));
}

/** Requests in which a device says who it is. */
export class HttpClaims {
  readonly #parts: HttpParts;

  constructor(parts: HttpParts) {
    this.#parts = parts;
  }

  /** A token, which is a session from now on. */
  login(request: HttpRequest, asked: Asked<'login'>): Promise<HttpReply> {
    const { sessions } = this.#parts;
    const order = sessions.nextOrder();
    return this.#orRetry(asked, async () => {
      const claim = claimOf(asked.parsed, request);
      const answer = await this.#parts.authority.login(asked.parsed, claim);
      if ('refuse' in answer) return refused(asked, answer.refuse.reason);
      const { admit: admission } = answer;
      // Nobody is there to be given a token.
      if (request.gone()) return refused(asked, 'view-stale');
      const opened = sessions.open({ order, admission, claim, terms: asked.terms });
      if (opened === 'full') {
        this.#parts.authority.turnedBack({ identity: admission.identity, claim });
        return refused(asked, 'too-many-requests');
      }
      if (opened === 'overtaken') return refused(asked, 'view-stale');
      const sent = (delivered: boolean): void => {
        if (!delivered) sessions.cut(admission.sessionId, 'connection-lost');
      };
      return { ...toLoginAnswer(asked.route, opened.token), proven: true, sent };
    });
  }

  /** The device's own secret; no session. */
  register(request: HttpRequest, asked: Asked<'register'>): Promise<HttpReply> {
    return this.#orRetry(asked, async () => {
      const claim = claimOf(asked.parsed, request);
      const answer = await this.#parts.authority.register(asked.parsed, claim);
      if ('refuse' in answer) return refused(asked, answer.refuse.reason);
      const { grant } = answer;
      const sent = (delivered: boolean): void => {
        if (delivered) grant.answered();
      };
      return { status: 200, body: toRegistrationReply(grant), proven: true, sent };
    });
  }

  /** Where to connect over MQTT, and by which names; no session. */
  guide(request: HttpRequest, { route, login }: Asked<'guide'>): Promise<HttpReply> {
    const of = { route, fault: login?.fault ?? null };
    return this.#orRetry(of, async () => {
      const mqtt = this.#parts.mqttAddress();
      if (mqtt === null) return unproven(NO_SUCH_PATH);
      if (login === null) return unproven({ status: 200, body: toGuideReply(mqtt, null) });
      const claim = claimOf(login.parsed, request);
      const answer = await this.#parts.authority.login(login.parsed, claim);
      if ('refuse' in answer) return refused(of, answer.refuse.reason);
      return { status: 200, body: toGuideReply(mqtt, login), proven: true };
    });
  }

  /** A decision that fails is the gateway's fault: the device is asked to try again. */
  async #orRetry(of: Claimed, work: () => Promise<HttpReply>): Promise<HttpReply> {
    try {
      return await work();
    } catch (err) {
      this.#parts.logger.warn({ err }, 'a claim over HTTP could not be decided');
      return refused(of, 'view-stale');
    }
  }
}
