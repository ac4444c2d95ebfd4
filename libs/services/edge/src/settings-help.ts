import { keysOf } from '@tallystick/kernel';
import { SETTINGS, type SettingName } from './setting-table.ts';

/**
 * The apps that have settings of their own. all-in-one has those of all three, less what they need
 * to find each other.
 */
export type AppName = 'registry' | 'auth-gateway' | 'session-tracker';

const ALL: readonly AppName[] = ['registry', 'auth-gateway', 'session-tracker'];
const REGISTRY: readonly AppName[] = ['registry'];
const GATEWAY: readonly AppName[] = ['auth-gateway'];
const BOTH: readonly AppName[] = ['registry', 'auth-gateway'];
const HEALTH: readonly AppName[] = ['auth-gateway', 'session-tracker'];

/** Who reads what. */
const READERS = {
  TALLYSTICK_HOME: ALL,
  TALLYSTICK_HOST: ALL,
  TALLYSTICK_HTTP_PORT: REGISTRY,
  TALLYSTICK_INTERNAL_PORT: REGISTRY,
  TALLYSTICK_HEALTH_PORT: HEALTH,
  TALLYSTICK_DEVICE_HTTP_PORT: GATEWAY,
  TALLYSTICK_MQTT_PORT: GATEWAY,
  TALLYSTICK_MQTTS_PORT: GATEWAY,
  TALLYSTICK_ENOS_MQTT_PORT: GATEWAY,
  TALLYSTICK_ENOS_MQTTS_PORT: GATEWAY,
  TALLYSTICK_MQTT_WS_PORT: GATEWAY,
  TALLYSTICK_TLS_CERT_FILE: GATEWAY,
  TALLYSTICK_TLS_KEY_FILE: GATEWAY,
  TALLYSTICK_SERVER_NAMES: GATEWAY,
  TALLYSTICK_DEVICE_HOST: GATEWAY,
  TALLYSTICK_PROXY_PROTOCOL_FROM: GATEWAY,
  TALLYSTICK_GATEWAY_ID: GATEWAY,
  TALLYSTICK_REGISTRY_URL: GATEWAY,
  TALLYSTICK_ADMIN_TOKEN: REGISTRY,
  TALLYSTICK_ADMIN_TOKEN_FILE: REGISTRY,
  TALLYSTICK_INTERNAL_TOKEN: BOTH,
  TALLYSTICK_INTERNAL_TOKEN_FILE: BOTH,
  TALLYSTICK_KEY_RING_FILE: REGISTRY,
  TALLYSTICK_GATEWAY_KEYS_FILE: BOTH,
  TALLYSTICK_BUDGET_TOKEN_MS: BOTH,
  TALLYSTICK_BUDGET_CERTIFICATE_MS: GATEWAY,
  TALLYSTICK_BUDGET_SECRET_MS: GATEWAY,
  TALLYSTICK_LEASE_MS: ALL,
  TALLYSTICK_PENDING_MS: REGISTRY,
  TALLYSTICK_DEVICE_KEY_SCOPE: REGISTRY,
  TALLYSTICK_PARTITIONS: ALL,
  TALLYSTICK_TOPIC_PREFIX: ALL,
  TALLYSTICK_MAX_PACKET_BYTES: GATEWAY,
  TALLYSTICK_LIMIT_CLAIMS_PER_ADDRESS: GATEWAY,
  TALLYSTICK_LIMIT_CLAIMS_PER_NAME: GATEWAY,
  TALLYSTICK_LIMIT_UNANSWERED_CLAIMS: REGISTRY,
  TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: GATEWAY,
  TALLYSTICK_LIMIT_CHECKS_PER_ADDRESS: GATEWAY,
  TALLYSTICK_LIMIT_CHECKS_PER_NAME: GATEWAY,
  TALLYSTICK_LIMIT_NAMES_PER_PRODUCT: REGISTRY,
  TALLYSTICK_LIMIT_DEVICES_PER_TENANT: REGISTRY,
  TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT: REGISTRY,
  TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN: REGISTRY,
  TALLYSTICK_LIMIT_CONNECTIONS: GATEWAY,
  KAFKA_BROKERS: ALL,
  TALLYSTICK_KAFKA_REPLICATION: ALL,
  TALLYSTICK_KAFKA_MIN_INSYNC: ALL,
  KAFKA_SASL_MECHANISM: ALL,
  KAFKA_SASL_USERNAME: ALL,
  KAFKA_SASL_PASSWORD: ALL,
  KAFKA_TLS_CA: ALL,
  DATABASE_URL: REGISTRY,
} as const satisfies Record<SettingName, readonly AppName[]>;

/** In one process the registry's port tells of all, and the gateway knows where the registry is. */
const APART: ReadonlySet<string> = new Set(['TALLYSTICK_HEALTH_PORT', 'TALLYSTICK_REGISTRY_URL']);

function isOf(app: string, name: SettingName): boolean {
  const readers: readonly string[] = READERS[name];
  return readers.includes(app) || (app === 'all-in-one' && !APART.has(name));
}

/** An app's own settings as its `--help` prints them. */
export function settingsHelp(app: string): string {
  const names = keysOf(SETTINGS).filter((name) => isOf(app, name));
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const { help, fallback } = SETTINGS[name];
    return `  ${name.padEnd(width)}  ${help}${fallback === '' ? '' : ` [${fallback}]`}`;
  });
  return [...lines, '', 'A port of 0 means any free one, off closes it.'].join('\n');
}
