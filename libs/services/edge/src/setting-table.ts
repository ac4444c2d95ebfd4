import { hostname } from 'node:os';
import { DOOR_SETTINGS } from './door-settings.ts';
import { LIMIT_SETTINGS } from './limit-settings.ts';
import { setting } from './setting.ts';
import * as parse from './setting-parsers.ts';

/**
 * All settings, and the limits that are this installation's to choose. Operators rely on the names
 * (libs/README.md, What others rely on).
 */
export const SETTINGS = {
  TALLYSTICK_HOME: setting('./.tallystick', parse.text, "the app's own folder"),
  TALLYSTICK_HOST: setting('127.0.0.1', parse.text, 'address to listen on'),
  TALLYSTICK_HTTP_PORT: setting('8080', parse.port, "operators' API"),
  TALLYSTICK_INTERNAL_PORT: setting('8082', parse.port, "the registry's port for gateways alone"),
  TALLYSTICK_HEALTH_PORT: setting('8090', parse.port, 'health of apps other than the registry'),
  ...DOOR_SETTINGS,
  TALLYSTICK_GATEWAY_ID: setting(
    hostname().replace(/[^A-Za-z0-9._-]/g, '-'),
    parse.matching(/^[A-Za-z0-9._-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 . _ -'),
    'name of this gateway; two gateways need two',
  ),
  TALLYSTICK_REGISTRY_URL: setting(
    'http://127.0.0.1:8082',
    parse.urls,
    'where gateways reach registries, with commas',
  ),
  TALLYSTICK_ADMIN_TOKEN: setting(
    '',
    parse.optionalText,
    'the first token, at least 24 characters; else generated in HOME',
  ),
  TALLYSTICK_ADMIN_TOKEN_FILE: setting('', parse.optionalText, 'file that holds it'),
  TALLYSTICK_INTERNAL_TOKEN: setting(
    '',
    parse.optionalText,
    'credential between gateways and registry',
  ),
  TALLYSTICK_INTERNAL_TOKEN_FILE: setting('', parse.optionalText, 'file that holds it'),
  TALLYSTICK_KEY_RING_FILE: setting(
    '',
    parse.optionalText,
    'key-encryption keys; else generated in HOME',
  ),
  TALLYSTICK_GATEWAY_KEYS_FILE: setting(
    '',
    parse.optionalText,
    'epoch keys of the gateway ring; the registry makes them in HOME or here, a gateway must find them',
  ),
  TALLYSTICK_BUDGET_TOKEN_MS: setting(
    '60000',
    parse.integer(1, 604_800_000),
    'staleness allowed for a registration-free token',
  ),
  TALLYSTICK_BUDGET_CERTIFICATE_MS: setting(
    '900000',
    parse.integer(1, 604_800_000),
    'staleness allowed for a certificate',
  ),
  TALLYSTICK_BUDGET_SECRET_MS: setting(
    '14400000',
    parse.integer(1, 604_800_000),
    'staleness allowed for a known secret',
  ),
  TALLYSTICK_LEASE_MS: setting('10000', parse.integer(2_000, 600_000), "a gateway's lease"),
  TALLYSTICK_PENDING_MS: setting(
    '600000',
    parse.integer(1_000, 86_400_000),
    'how long a claimed slot waits for its unit',
  ),
  TALLYSTICK_DEVICE_KEY_SCOPE: setting(
    'product',
    parse.word('product', 'tenant'),
    'within what a device key is unique in tenant default; fixed at the first start',
  ),
  TALLYSTICK_PARTITIONS: setting(
    '12',
    parse.integer(1, 512),
    'partitions of the topics, fixed when they are created',
  ),
  TALLYSTICK_TOPIC_PREFIX: setting(
    '',
    parse.matching(/^[A-Za-z0-9._-]{0,100}$/, 'at most 100 of A-Z a-z 0-9 . _ -'),
    'put before every topic name',
  ),
  // What a device publishes must fit into one record of the bus (ports: MAX_RECORD_BYTES), its
  // topic counted at the most.
  TALLYSTICK_MAX_PACKET_BYTES: setting(
    '262144',
    parse.integer(4_096, 655_360),
    'an MQTT packet of a device that was let in',
  ),
  ...LIMIT_SETTINGS,
  KAFKA_BROKERS: setting(
    '',
    parse.hostPorts,
    'host:port with commas; none: the embedded log (all-in-one alone)',
  ),
  TALLYSTICK_KAFKA_REPLICATION: setting(
    '3',
    parse.integer(1, 32_767),
    'copies of each topic that the platform makes; fewer brokers: as many as there are',
  ),
  TALLYSTICK_KAFKA_MIN_INSYNC: setting(
    '2',
    parse.integer(1, 32_767),
    'copies that must have a record before it counts (min.insync.replicas), never above the former',
  ),
  KAFKA_SASL_MECHANISM: setting(
    '',
    parse.oneOf('plain', 'scram-sha-256', 'scram-sha-512'),
    'plain, scram-sha-256 or scram-sha-512',
  ),
  KAFKA_SASL_USERNAME: setting('', parse.text, ''),
  KAFKA_SASL_PASSWORD: setting('', parse.text, ''),
  KAFKA_TLS_CA: setting('', parse.optionalText, 'PEM file of the CA; none: no TLS'),
  DATABASE_URL: setting('', parse.databaseUrl, 'postgres://…; none: SQLite in HOME'),
} as const;

export type SettingName = keyof typeof SETTINGS;

/**
 * Names that other apps or the CLI read, or that come with a later transport: known, and of no
 * effect here.
 */
export const FOREIGN_NAMES: readonly string[] = [
  ...['CONFIG', 'URL', 'TOKEN', 'TOKEN_FILE', 'COAP_PORT', 'COAPS_PORT', 'ALIBABA_COAP_PORT'],
  ...['PKI_PORT', 'EST_PORT', 'PKI_URL'],
  ...['CA_BRIDGE_URL', 'CA_INTERNAL_PORT', 'CERTIFICATE_DAYS', 'CA', 'CA_URL', 'CA_TOKEN'],
  ...['CA_TOKEN_FILE', 'CA_ROOT_FILE', 'CA_PROVISIONER', 'CA_MOUNT', 'CA_ROLE'],
].map((name) => `TALLYSTICK_${name}`);
