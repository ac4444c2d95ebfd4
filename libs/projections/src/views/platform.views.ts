import { parseStream, toTenantEvent, toTokenEvent, type StreamName } from '@tallystick/contracts';
import {
  evolveTenant,
  evolveToken,
  initialTenant,
  initialToken,
  type TenantState,
  type TokenState,
} from '@tallystick/domain';
import type { SqlSession, SqlValue, LoggedEvent } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import {
  deleteByKeys,
  selectByKeys,
  tableAt,
  upsert,
  type Table,
} from '../stores/sql/statements.ts';
import { foldEvents, groupByStream, openFold, type Folded } from './fold-streams.ts';
import type { IdentityView, Place } from './view.types.ts';

interface OfStreams<State, Event> {
  /** Its first column is the key, its last two are revision and state. */
  readonly table: Table;
  readonly prefix: string;
  readonly keyOf: (name: StreamName) => string | null;
  readonly toEvent: (stored: LoggedEvent) => Event | null;
  readonly evolve: (state: State, event: Event) => State;
  readonly initial: State;
  /** The columns between; null: there is no row. */
  readonly toValues: (state: State) => readonly SqlValue[] | null;
}

/** Rows of which each is folded from one stream. */
function ofStreams<State, Event>(
  of: OfStreams<State, Event>,
): Pick<IdentityView, 'prefix' | 'apply' | 'open'> {
  const toRow = (name: string, { state, revision }: Folded<State>): SqlValue[] | null => {
    const values = of.toValues(state);
    return values === null ? null : [name, ...values, revision, JSON.stringify(state)];
  };
  return { prefix: of.prefix, apply: applyTo(of, toRow), open: openOf(of, toRow) };
}

type ToRow<State> = (name: string, folded: Folded<State>) => SqlValue[] | null;

function openOf<State, Event>(
  of: OfStreams<State, Event>,
  toRow: ToRow<State>,
): IdentityView['open'] {
  return (stream) => {
    const name = of.keyOf(parseStream(stream));
    if (name === null) return null;
    return openFold(of.initial, of.toEvent, of.evolve, (folded) => {
      const row = toRow(name, folded);
      return row === null ? [] : [{ table: of.table, rows: [row] }];
    });
  };
}

function applyTo<State, Event>(
  of: OfStreams<State, Event>,
  toRow: ToRow<State>,
): IdentityView['apply'] {
  const [key = ''] = of.table.columns;
  const load = async (session: SqlSession, keys: readonly string[], place: Place) => {
    const select = `SELECT ${key}, revision, state FROM ${of.table.name}${place} WHERE ${key}`;
    const rows = await selectByKeys(session, select, keys);
    return new Map<string, Folded<State>>(
      rows.map((row) => [
        text(row, key),
        { state: json<State>(row, 'state'), revision: number(row, 'revision') },
      ]),
    );
  };
  return async (session, events, place) => {
    const streams = [...groupByStream(events, of.prefix)].flatMap(([stream, group]) => {
      const name = of.keyOf(parseStream(stream));
      return name === null ? [] : [{ name, group }];
    });
    if (streams.length === 0) return;
    const known = await load(
      session,
      streams.map(({ name }) => name),
      place,
    );
    const rows: SqlValue[][] = [];
    const gone: string[] = [];
    for (const { name, group } of streams) {
      const before = known.get(name) ?? { state: of.initial, revision: 0 };
      const row = toRow(name, foldEvents(before, group, of.toEvent, of.evolve));
      if (row === null) gone.push(name);
      else rows.push(row);
    }
    await deleteByKeys(session, `${of.table.name}${place} WHERE ${key}`, gone);
    await upsert(session, tableAt(of.table, place), rows);
  };
}

const TENANTS: Table = {
  name: 'tenants',
  columns: ['tenant', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

export const tenantsView: IdentityView = {
  name: 'tenants',
  version: 1,
  tables: [
    {
      name: 'tenants',
      columns:
        'tenant ?KEY NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL, state TEXT NOT NULL',
      key: 'tenant',
      indexes: { tenants_in_order: '(created_at, tenant)' },
    },
  ],
  ...ofStreams<TenantState, NonNullable<ReturnType<typeof toTenantEvent>>>({
    table: TENANTS,
    prefix: 'tenant/',
    keyOf: (name) => (name.kind === 'tenant' ? name.tenant : null),
    toEvent: toTenantEvent,
    evolve: evolveTenant,
    initial: initialTenant,
    toValues: (state) => (state.status === 'absent' ? null : [state.createdAt]),
  }),
};

const TOKENS: Table = {
  name: 'tokens',
  columns: ['token_id', 'tenant', 'created_at', 'revision', 'state'],
  keyColumns: 1,
  documents: ['state'],
};

/** Tokens that are not revoked. Whether one is in force is read from its stream. */
export const tokensView: IdentityView = {
  name: 'tokens',
  version: 1,
  tables: [
    {
      name: 'tokens',
      columns: `token_id ?KEY NOT NULL, tenant ?KEY NOT NULL, created_at BIGINT NOT NULL,
        revision BIGINT NOT NULL, state TEXT NOT NULL`,
      key: 'token_id',
      indexes: { tokens_in_order: '(tenant, created_at, token_id)' },
    },
  ],
  ...ofStreams<TokenState, NonNullable<ReturnType<typeof toTokenEvent>>>({
    table: TOKENS,
    prefix: 'token/',
    keyOf: (name) => (name.kind === 'token' ? name.tokenId : null),
    toEvent: toTokenEvent,
    evolve: evolveToken,
    initial: initialToken,
    toValues: (state) => (state.status === 'live' ? [state.tenant, state.createdAt] : null),
  }),
};
