import { parseStream, type StreamName } from '@tallystick/contracts';
import type { LoggedEvent, SqlSession, SqlValue } from '@tallystick/ports';
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

export interface OfStreams<State, Event> {
  /** Its first column is the key, its last two are revision and state. */
  readonly table: Table;
  readonly prefix: string;
  readonly keyOf: (name: StreamName) => string | null;
  readonly toEvent: (stored: LoggedEvent) => Event | null;
  readonly evolve: (state: State, event: Event) => State;
  readonly initial: State;
  /** The columns between; null: there is no row. */
  readonly toValues: (state: State) => readonly SqlValue[] | null;
  /** Told of the states before and after a page, in its transaction. */
  readonly onMoved?: (
    session: SqlSession,
    moves: readonly (readonly [before: State, after: State])[],
    place: Place,
  ) => Promise<void>;
}

/** Rows of which each is folded from one stream. */
export function ofStreams<State, Event>(
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

async function load<State>(
  { name, columns: [key = ''] }: Table,
  session: SqlSession,
  keys: readonly string[],
  place: Place,
): Promise<Map<string, Folded<State>>> {
  const select = `SELECT ${key}, revision, state FROM ${name}${place} WHERE ${key}`;
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, key),
      { state: json<State>(row, 'state'), revision: number(row, 'revision') },
    ]),
  );
}

function applyTo<State, Event>(
  of: OfStreams<State, Event>,
  toRow: ToRow<State>,
): IdentityView['apply'] {
  const [key = ''] = of.table.columns;
  return async (session, events, place) => {
    const streams = [...groupByStream(events, of.prefix)].flatMap(([stream, group]) => {
      const name = of.keyOf(parseStream(stream));
      return name === null ? [] : [{ name, group }];
    });
    if (streams.length === 0) return;
    const known = await load<State>(
      of.table,
      session,
      streams.map(({ name }) => name),
      place,
    );
    const rows: SqlValue[][] = [];
    const gone: string[] = [];
    const moves: [State, State][] = [];
    for (const { name, group } of streams) {
      const before = known.get(name) ?? { state: of.initial, revision: 0 };
      const folded = foldEvents(before, group, of.toEvent, of.evolve);
      moves.push([before.state, folded.state]);
      const row = toRow(name, folded);
      if (row === null) gone.push(name);
      else rows.push(row);
    }
    await deleteByKeys(session, `${of.table.name}${place} WHERE ${key}`, gone);
    await upsert(session, tableAt(of.table, place), rows);
    await of.onMoved?.(session, moves, place);
  };
}
