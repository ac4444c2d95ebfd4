import type { DialectName } from '@tallystick/domain';

export type { DialectName };
export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sm3';

/**
 * One way in which the proof may have been made; whoever verifies tries them in order.
 * - `hmac`: HMAC(key = secret, message = content).
 * - `hash-suffix`: plain hash of content followed by the secret.
 * - `keyed-by-content`: HMAC(key = content, message = secret). Huawei: the content is the hour.
 * - `group`: as `keyed-by-content`, but the message is a secret of the device that is derived from
 *   its group's: lower-case hex of HMAC-SHA256(key = derivedFor, message = secret).
 */
export type ProofCandidate =
  | {
      readonly scheme: 'hmac' | 'hash-suffix' | 'keyed-by-content';
      readonly algorithm: HashAlgorithm;
      readonly content: string;
    }
  | {
      readonly scheme: 'group';
      readonly algorithm: HashAlgorithm;
      readonly content: string;
      /** The device's id. */
      readonly derivedFor: string;
    };

export interface Proven {
  readonly dialect: DialectName;
  readonly candidates: readonly ProofCandidate[];
  /** The password as it came, lower-case: hex of the proof if it is one at all. */
  readonly presented: string;
}

/** `YYYYMMDDHH` in UTC as the packet says it; see `isHourNow`. */
export interface ClockCheck {
  readonly hour: string;
}

interface Dated {
  /** What is to be compared with the gateway's clock once the proof is right; null: nothing. */
  readonly checks: ClockCheck | null;
}

/**
 * How the device's secret goes to the device.
 * - `enos`: a message, answered with `info_reply`.
 * - `register`: Alibaba's message on `/ext/register`.
 * - `bootstrap`: Huawei's `bootstrap/down`, once the device has asked on `bootstrap/up`.
 * - `http`: in the answer to the request.
 */
export type SecretDelivery = 'enos' | 'register' | 'bootstrap' | 'http';

/**
 * How one dialect reads a CONNECT. Nothing is verified yet.
 * - `signed`: a login, proven with the device's own secret.
 * - `activation`: asks for the device's secret, proven with the product's (Alibaba `register`,
 *   EnOS secure mode 3, Huawei's bootstrap of a group).
 * - `claim-unit`: asks for a ClientID and token of its own, proven with the product's secret
 *   (Alibaba `regnwl`).
 * - `token`: a login of one unit with the token it was given (Alibaba `connwl`).
 * - `not-offered`: a login that this platform has not, proven with the product's secret (EnOS
 *   secure mode 4). It is refused, and only its holder is told why.
 */
export type Claim =
  | ({ readonly kind: 'signed' } & Proven & Dated)
  | ({ readonly kind: 'activation'; readonly delivery: SecretDelivery } & Proven & Dated)
  | ({ readonly kind: 'claim-unit' } & Proven)
  | ({ readonly kind: 'not-offered' } & Proven)
  | { readonly kind: 'token'; readonly dialect: DialectName; readonly token: string };

export type MalformedReason = 'malformed-client-id' | 'malformed-credentials' | 'mode-not-offered';

/**
 * A CONNECT taken apart. The packet alone does not always tell the dialect: `claims` are its
 * readings, in the order in which they are to be tried.
 */
export type ParsedConnect =
  | {
      readonly kind: 'claims';
      /**
       * Whom it names.
       * - Alibaba, EnOS: product and device key (EnOS's secure mode 4 names no device).
       * - Huawei, by device id: the id alone. By node id: the device key alone, which names the one
       *   device of all huawei products that has it.
       * - Huawei's bootstrap: the product by its scope, the id, and the device key that the id
       *   stands for if no device has that id.
       */
      readonly productKey: string | null;
      readonly deviceKey: string | null;
      readonly deviceId: string | null;
      /** The ClientId without the dialect's extension block; Huawei: the username. */
      readonly clientId: string;
      readonly claims: readonly Claim[];
    }
  | {
      readonly kind: 'malformed';
      readonly reason: MalformedReason;
      readonly dialect: DialectName | null;
      readonly productKey: string | null;
      readonly deviceKey: string | null;
      /** Where the dialect names the device by its id instead. */
      readonly deviceId: string | null;
      /** As above; null: none within the limits of a ClientId was said. */
      readonly clientId: string | null;
    };

/** What CONNECT carried, byte-checked by the transport. */
export interface WireConnect {
  /** The one dialect that is spoken where it came in; null: whichever the packet is. */
  readonly speaks: DialectName | null;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Uint8Array | null;
}

/**
 * What a dialect's codec reads from: the parts that Alibaba's and EnOS's CONNECT have in common.
 */
export interface CommonParts {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly clientId: string;
  /** Keys in lower case, values verbatim: they are signed. */
  readonly extension: ReadonlyMap<string, string>;
  readonly password: string;
}
