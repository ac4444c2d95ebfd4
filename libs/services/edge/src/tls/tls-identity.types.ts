/** A server certificate, its chain (leaf first), and the key of the leaf. */
export interface TlsIdentity {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Where a gateway's TLS doors have their certificate from. */
export interface TlsIdentities {
  /** What new handshakes are served with, at most one of each kind of key; null: none yet. */
  current(): readonly TlsIdentity[] | null;
  /** For /readyz: `ok`, or what keeps the doors shut or a newer certificate out. */
  state(): string;
  /** From now on called after each change of `current`, by one listener. */
  onChange(tell: () => void): void;
  close(): void;
}

type Say = (fields: object, message: string) => void;

/** The part of a logger that they use. */
export interface TlsLog {
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}
