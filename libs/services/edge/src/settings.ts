import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { err, ok, type Result } from '@tallystick/kernel';
import { readPorts } from './app-ports.ts';
import { FOREIGN_NAMES, SETTINGS, type SettingName } from './setting-table.ts';
import type { DoorSettings, KafkaSettings, Settings } from './settings.types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads KEY=value lines; blank lines and lines that begin with # are passed over. */
export function parseConfigFile(content: string): Result<Record<string, string>, string> {
  const values: Record<string, string> = {};
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const split = line.indexOf('=');
    if (split < 1) return err(`line ${index + 1} is not KEY=value`);
    values[line.slice(0, split).trim()] = line.slice(split + 1).trim();
  }
  return ok(values);
}

function withConfigFile(environment: Environment): Result<Environment, string> {
  const file = environment['TALLYSTICK_CONFIG'];
  if (file === undefined || file === '') return ok(environment);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    return err(`TALLYSTICK_CONFIG names ${file}, which cannot be read`);
  }
  const parsed = parseConfigFile(content);
  if (!parsed.ok) return err(`TALLYSTICK_CONFIG (${file}): ${parsed.error}`);
  return ok({ ...parsed.value, ...environment });
}

function unknownNames(environment: Environment): readonly string[] {
  return Object.keys(environment).filter(
    (name) =>
      name.startsWith('TALLYSTICK_') && !(name in SETTINGS) && !FOREIGN_NAMES.includes(name),
  );
}

/** A certificate serves nobody without its key. */
function tlsProblems({ tlsCertFile, tlsKeyFile }: DoorSettings): readonly string[] {
  if ((tlsCertFile === null) === (tlsKeyFile === null)) return [];
  const missing = tlsCertFile === null ? 'TALLYSTICK_TLS_CERT_FILE' : 'TALLYSTICK_TLS_KEY_FILE';
  return [`${missing} is missing: certificate and key are named together`];
}

/**
 * All that is wrong with the settings, each with its name and what to do. A value is never
 * repeated: it may be a secret.
 */
export function loadSettings(environment: Environment): Result<Settings, readonly string[]> {
  const merged = withConfigFile(environment);
  if (!merged.ok) return err([merged.error]);
  const problems = unknownNames(merged.value).map(
    (name) => `${name} is no setting of this app: see --help for the names`,
  );
  const read = <N extends SettingName>(name: N): ParsedOf<N> => {
    const setting = SETTINGS[name];
    const given = merged.value[name];
    const parsed = setting.parse(given === undefined || given === '' ? setting.fallback : given);
    if (!parsed.ok) problems.push(`${name} ${parsed.error}`);
    // With a problem nobody is given the settings.
    const value: unknown = parsed.ok ? parsed.value : setting.fallback;
    return value as ParsedOf<N>;
  };
  // Passed over, it would leave the truth where nobody looks for it.
  if (merged.value['KURRENTDB_URL'])
    problems.push(
      'KURRENTDB_URL: this release has no adapter for it; DATABASE_URL names PostgreSQL, without it the store is SQLite in HOME',
    );
  const settings = assemble(read);
  if (settings.kafka.sasl?.username === '') problems.push('KAFKA_SASL_USERNAME is missing');
  problems.push(...tlsProblems(settings));
  return problems.length === 0 ? ok(settings) : err(problems);
}

type ParsedOf<N extends SettingName> =
  ReturnType<(typeof SETTINGS)[N]['parse']> extends Result<infer T, string> ? T : never;
type Read = <N extends SettingName>(name: N) => ParsedOf<N>;

function assemble(read: Read): Settings {
  return {
    home: resolve(read('TALLYSTICK_HOME')),
    host: read('TALLYSTICK_HOST'),
    ...readPorts(read),
    gatewayId: read('TALLYSTICK_GATEWAY_ID'),
    registryUrls: read('TALLYSTICK_REGISTRY_URL'),
    adminToken: read('TALLYSTICK_ADMIN_TOKEN'),
    adminTokenFile: read('TALLYSTICK_ADMIN_TOKEN_FILE'),
    internalToken: read('TALLYSTICK_INTERNAL_TOKEN'),
    internalTokenFile: read('TALLYSTICK_INTERNAL_TOKEN_FILE'),
    keyRingFile: read('TALLYSTICK_KEY_RING_FILE'),
    gatewayKeysFile: read('TALLYSTICK_GATEWAY_KEYS_FILE'),
    budgets: {
      tokenMs: read('TALLYSTICK_BUDGET_TOKEN_MS'),
      certificateMs: read('TALLYSTICK_BUDGET_CERTIFICATE_MS'),
      secretMs: read('TALLYSTICK_BUDGET_SECRET_MS'),
    },
    leaseMs: read('TALLYSTICK_LEASE_MS'),
    pendingMs: read('TALLYSTICK_PENDING_MS'),
    deviceKeyScope: read('TALLYSTICK_DEVICE_KEY_SCOPE'),
    partitions: read('TALLYSTICK_PARTITIONS'),
    topicPrefix: read('TALLYSTICK_TOPIC_PREFIX'),
    maxPacketBytes: read('TALLYSTICK_MAX_PACKET_BYTES'),
    ...doorSettings(read),
    kafka: kafkaSettings(read),
    databaseUrl: read('DATABASE_URL'),
    limits: limitSettings(read),
  };
}

/** What listens on every address of the machine. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function doorSettings(read: Read): DoorSettings {
  const host = read('TALLYSTICK_HOST');
  const given = read('TALLYSTICK_DEVICE_HOST');
  const guessed = given === null && EVERY_ADDRESS.has(host);
  return {
    tlsCertFile: read('TALLYSTICK_TLS_CERT_FILE'),
    tlsKeyFile: read('TALLYSTICK_TLS_KEY_FILE'),
    serverNames: read('TALLYSTICK_SERVER_NAMES'),
    deviceHost: given ?? (guessed ? hostname() : host),
    deviceHostGuessed: guessed,
    proxyProtocolFrom: read('TALLYSTICK_PROXY_PROTOCOL_FROM'),
  };
}

function limitSettings(read: Read): Settings['limits'] {
  return {
    claimsPerAddressPerSecond: read('TALLYSTICK_LIMIT_CLAIMS_PER_ADDRESS'),
    refusalsPerAddressPerMinute: read('TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS'),
    checksPerAddressPerSecond: read('TALLYSTICK_LIMIT_CHECKS_PER_ADDRESS'),
    checksPerNamePerSecond: read('TALLYSTICK_LIMIT_CHECKS_PER_NAME'),
    claimsPerNamePerSecond: read('TALLYSTICK_LIMIT_CLAIMS_PER_NAME'),
    unansweredClaimsPerHour: read('TALLYSTICK_LIMIT_UNANSWERED_CLAIMS'),
    requestsPerTokenPerSecond: read('TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN'),
    devicesPerTenant: read('TALLYSTICK_LIMIT_DEVICES_PER_TENANT'),
    devicesPerProduct: read('TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT'),
    namesPerProduct: read('TALLYSTICK_LIMIT_NAMES_PER_PRODUCT'),
    maxConnections: read('TALLYSTICK_LIMIT_CONNECTIONS'),
  };
}

function kafkaSettings(read: Read): KafkaSettings {
  const mechanism = read('KAFKA_SASL_MECHANISM');
  return {
    brokers: read('KAFKA_BROKERS'),
    sasl:
      mechanism === null
        ? null
        : {
            mechanism,
            username: read('KAFKA_SASL_USERNAME'),
            password: read('KAFKA_SASL_PASSWORD'),
          },
    tlsCaFile: read('KAFKA_TLS_CA'),
    replication: read('TALLYSTICK_KAFKA_REPLICATION'),
    minInsync: read('TALLYSTICK_KAFKA_MIN_INSYNC'),
  };
}
