import type { ParsedConnect } from '../connect/claim.types.ts';

/** A request as the transport took it from the wire; nothing in it has been read yet. */
export interface WireRequest {
  readonly method: string;
  /** Without the query, percent-encoded as it came. */
  readonly path: string;
  /** What stands behind the `?`; empty: nothing. */
  readonly query: string;
  /** Names in lower case. A name that came twice is not there. */
  readonly headers: ReadonlyMap<string, string>;
  /** `too-large`: more than a device may say at once. `broken`: its framing cannot be followed. */
  readonly body: Uint8Array | 'too-large' | 'broken';
}

/**
 * What devices may ask for, each with an answer of its own form.
 * - `alibaba-register`: dynamic registration. `alibaba-auth`: a token. `alibaba-guide`: pre-auth
 *   of old SDKs. `alibaba-topic`: uplink.
 * - `enos-auth`, `enos-topic`, `huawei-auth`, `huawei-up`: a token, and uplink with it.
 */
export const HTTP_ROUTES = [
  'alibaba-register',
  'alibaba-auth',
  'alibaba-guide',
  'alibaba-topic',
  'enos-auth',
  'enos-topic',
  'huawei-auth',
  'huawei-up',
] as const;

export type HttpRoute = (typeof HTTP_ROUTES)[number];

/** Why a request is answered without being carried out, whoever sent it. */
export const HTTP_FAULTS = [
  'method',
  'media-type',
  'too-large',
  'broken',
  'malformed',
  'sign-method',
] as const;

export type HttpFault = (typeof HTTP_FAULTS)[number];

/** How long a token is good. */
export interface TokenTerms {
  readonly lifetimeMs: number;
  /** How long it outlives the token that takes its place. */
  readonly graceMs: number;
}

interface Claimed {
  /** Who it says it is; malformed claims are told of and counted like any other. */
  readonly parsed: ParsedConnect;
  /** What is wrong with a malformed claim, where the vendor has a word of its own for it. */
  readonly fault: HttpFault | null;
}

/** A request taken apart. Nothing is verified. */
export type DeviceRequest =
  | ({
      readonly kind: 'login';
      readonly route: 'alibaba-auth' | 'enos-auth' | 'huawei-auth';
      readonly terms: TokenTerms;
    } & Claimed)
  | ({ readonly kind: 'register'; readonly route: 'alibaba-register' } & Claimed)
  | {
      readonly kind: 'guide';
      readonly route: 'alibaba-guide';
      /** Null: it only asks where the platform is. */
      readonly login: GuidedLogin | null;
    }
  | {
      readonly kind: 'uplink';
      readonly route: 'alibaba-topic' | 'enos-topic' | 'huawei-up';
      /** Null: it has none. */
      readonly token: string | null;
      readonly topic: string;
      readonly payload: Uint8Array;
      /** The id that the reply repeats; null: there is none. */
      readonly id: string | null;
    }
  | { readonly kind: 'faulty'; readonly route: HttpRoute; readonly fault: HttpFault };

/** A device that is told by which names it is to connect over MQTT. */
export interface GuidedLogin extends Claimed {
  readonly iotId: string;
  readonly iotToken: string;
}

/** What a device is answered: JSON, and the status before it. */
export interface HttpAnswerText {
  readonly status: number;
  readonly body: string;
}
