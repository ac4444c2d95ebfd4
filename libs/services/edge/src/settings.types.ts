import type { Ports } from './app-ports.ts';
import type { Network } from './parse-networks.ts';

export interface KafkaSettings {
  /** Empty: the embedded bus. */
  readonly brokers: readonly string[];
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** PEM file of the CA; null: no TLS. */
  readonly tlsCaFile: string | null;
  /**
   * Copies of topics that the platform makes, and how many of them must have a record before it
   * counts.
   */
  readonly replication: number;
  readonly minInsync: number;
}

/** What devices come in by, the ports aside. */
export interface DoorSettings {
  /** PEM files, both or none; none: whoever runs the gateway makes a certificate, or has none. */
  readonly tlsCertFile: string | null;
  readonly tlsKeyFile: string | null;
  /** Host names and addresses in the certificate that the platform makes for itself. */
  readonly serverNames: readonly string[];
  /** The host that devices are told. */
  readonly deviceHost: string;
  /** Nobody has said it, and it is the machine's name: devices may not know it. */
  readonly deviceHostGuessed: boolean;
  /** Who must send PROXY protocol on device ports; empty: nobody may. */
  readonly proxyProtocolFrom: readonly Network[];
}

/** Every setting of every app, parsed (setting-table.ts). */
export interface Settings extends Ports, DoorSettings {
  readonly home: string;
  readonly host: string;
  readonly gatewayId: string;
  readonly registryUrls: readonly string[];
  /** A value, or a file that holds it; null: generated in HOME. */
  readonly adminToken: string | null;
  readonly adminTokenFile: string | null;
  readonly internalToken: string | null;
  readonly internalTokenFile: string | null;
  readonly keyRingFile: string | null;
  readonly gatewayKeysFile: string | null;
  readonly budgets: {
    readonly tokenMs: number;
    readonly certificateMs: number;
    readonly secretMs: number;
  };
  readonly leaseMs: number;
  readonly pendingMs: number;
  /** Of tenant default; fixed at the first start. */
  readonly deviceKeyScope: 'product' | 'tenant';
  readonly partitions: number;
  readonly topicPrefix: string;
  /** An MQTT packet after CONNACK. */
  readonly maxPacketBytes: number;
  readonly kafka: KafkaSettings;
  /** null: SQLite in HOME. */
  readonly databaseUrl: string | null;
  readonly limits: {
    readonly claimsPerAddressPerSecond: number;
    readonly refusalsPerAddressPerMinute: number;
    /** For an address that has used up its refusals. */
    readonly checksPerAddressPerSecond: number;
    readonly checksPerNamePerSecond: number;
    readonly claimsPerNamePerSecond: number;
    readonly unansweredClaimsPerHour: number;
    readonly requestsPerTokenPerSecond: number;
    /** 0: any number. */
    readonly devicesPerTenant: number;
    readonly devicesPerProduct: number;
    readonly namesPerProduct: number;
    readonly maxConnections: number;
  };
}
