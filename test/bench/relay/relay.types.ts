/** A record as it went to the bus: value and headers to the byte. */
export interface SentRecord {
  readonly topic: string;
  readonly key: string | null;
  /** base64 */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number | null;
}

export type RelayQuestion =
  /** Appends registrations, each with a sealed secret, to a SQLite store. */
  | { readonly kind: 'seed'; readonly file: string; readonly count: number }
  /** Relays the whole store under a prefix that has seen nothing of it. */
  | { readonly kind: 'relay'; readonly brokers: string; readonly prefix: string }
  /**
   * Makes the topics that the peer is to write to: a process that has loaded our adapter has no
   * bare kafkajs any more.
   */
  | { readonly kind: 'topics'; readonly brokers: string; readonly prefix: string };

export interface Relayed {
  readonly events: number;
  /** From when the bulk lane's writer stood to the commit whose tick covers the last event. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the bulk lane. */
  readonly batches: number;
  readonly records: number;
  /** The first batch, for the peer to send. */
  readonly sample: readonly SentRecord[];
}

export type RelayAnswer =
  | { readonly kind: 'seeded' }
  | { readonly kind: 'made' }
  | { readonly kind: 'relayed'; readonly relayed: Relayed };

/** The same number of the same records in as many batches, by kafkajs alone. */
export interface PeerQuestion {
  readonly brokers: string;
  readonly prefix: string;
  readonly batches: number;
  readonly batch: readonly SentRecord[];
}

export interface PeerAnswer {
  readonly records: number;
  readonly seconds: number;
}
