import { checkpointsSchema } from '../bus/bus-projector.ts';
import type { TableSet } from '../stores/sql/create-tables.ts';
import type { Table } from '../stores/sql/statements.ts';

const columns = (names: string): readonly string[] => names.split(' ');

export const PRESENCE: Table = {
  name: 'presence',
  columns: columns(
    'name_key generation online online_epoch epoch session_id client_id last_seen_at client_ids',
  ),
  keyColumns: 1,
};

export const SESSIONS: Table = {
  name: 'sessions',
  columns: columns(
    'session_id name_key generation epoch client_id gateway_id transport dialect remote_address opened_at closed_at close_reason',
  ),
  keyColumns: 1,
};

export const CLIENT_IDS: Table = {
  name: 'client_ids',
  columns: columns('name_key client_id generation first_connected_at last_connected_at'),
  keyColumns: 2,
};

export const TRANSITIONS: Table = {
  name: 'transitions',
  columns: columns('name_key record_offset generation type time actor causation_id data'),
  keyColumns: 2,
  documents: ['data'],
};

/**
 * Fed from the bus, and joined to the identity views by name and generation when read: either may
 * come first. A new version begins again at the log's start.
 */
export const presenceTables: TableSet = {
  name: 'presence',
  version: 1,
  tables: ['presence_checkpoints', 'presence', 'sessions', 'client_ids', 'transitions'],
  schema: [
    checkpointsSchema('presence_checkpoints'),
    `CREATE TABLE presence (
       name_key ?KEY PRIMARY KEY, generation BIGINT NOT NULL, online INTEGER NOT NULL, online_epoch BIGINT NOT NULL, epoch BIGINT NOT NULL,
       session_id TEXT, client_id TEXT, last_seen_at BIGINT NOT NULL, client_ids INTEGER NOT NULL)`,
    `CREATE INDEX presence_of_many_client_ids ON presence (name_key) WHERE client_ids > 1`,
    `CREATE TABLE sessions (
       session_id ?KEY PRIMARY KEY, name_key ?KEY NOT NULL, generation BIGINT NOT NULL, epoch BIGINT NOT NULL, client_id TEXT NOT NULL,
       gateway_id TEXT NOT NULL, transport TEXT NOT NULL, dialect TEXT NOT NULL, remote_address TEXT NOT NULL,
       opened_at BIGINT NOT NULL, closed_at BIGINT, close_reason TEXT)`,
    `CREATE INDEX sessions_of_name ON sessions (name_key, epoch)`,
    `CREATE TABLE client_ids (
       name_key ?KEY NOT NULL, client_id ?KEY NOT NULL, generation BIGINT NOT NULL,
       first_connected_at BIGINT NOT NULL, last_connected_at BIGINT NOT NULL, PRIMARY KEY (name_key, client_id))`,
    `CREATE TABLE transitions (
       name_key ?KEY NOT NULL, record_offset BIGINT NOT NULL, generation BIGINT NOT NULL, type TEXT NOT NULL, time BIGINT NOT NULL,
       actor TEXT NOT NULL, causation_id TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (name_key, record_offset))`,
  ],
};
