import type { DialectName } from '@tallystick/domain';

export type { DialectName };
export type HashAlgorithm = 'md5' | 'sha1' | 'sha256';

/**
 * One way in which the proof may have been made; whoever verifies tries them in order. `hmac`:
 * HMAC(key = secret, message = content). `hash-suffix`: plain hash of content followed by the
 * secret.
 */
export interface ProofCandidate {
  readonly algorithm: HashAlgorithm;
  readonly scheme: 'hmac' | 'hash-suffix';
  readonly content: string;
}

interface Proven {
  readonly dialect: DialectName;
  readonly candidates: readonly ProofCandidate[];
  /** The password as it came, lower-case: hex of the proof if it is one at all. */
  readonly presented: string;
}

/**
 * How one dialect reads a CONNECT. Nothing is verified yet.
 * - `signed`: a login, proven with the device's own secret.
 * - `activation`: asks for the device's secret, proven with the product's (Alibaba `register`,
 *   EnOS secure mode 3).
 * - `claim-unit`: asks for a ClientID and token of its own, proven with the product's secret
 *   (Alibaba `regnwl`).
 * - `token`: a login of one unit with the token it was given (Alibaba `connwl`).
 */
export type Claim =
  | ({ readonly kind: 'signed' } & Proven)
  | ({ readonly kind: 'activation' } & Proven)
  | ({ readonly kind: 'claim-unit' } & Proven)
  | { readonly kind: 'token'; readonly dialect: DialectName; readonly token: string };

export type MalformedReason = 'malformed-client-id' | 'malformed-credentials';

/**
 * A CONNECT taken apart. The packet alone does not always tell the dialect: `claims` are its
 * readings, in the order in which they are to be tried.
 */
export type ParsedConnect =
  | {
      readonly kind: 'claims';
      readonly productKey: string;
      readonly deviceKey: string;
      /** The ClientId without the dialect's extension block. */
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
