import type { IdentityView, Place, ViewTable } from '../../views/view.types.ts';
import type { TableSet } from './create-tables.ts';

/** CREATE TABLE of a view's table, without its indexes. */
export function createTableOf({ name, columns }: ViewTable, place: Place): string {
  return `CREATE TABLE ${name}${place} (${columns})`;
}

/** An index keeps its name when its table is renamed: `mark` tells two builds of it apart. */
export function createIndexesOf(table: ViewTable, place: Place, mark: string): readonly string[] {
  const { name, key, indexes = {} } = table;
  return [
    `CREATE UNIQUE INDEX ${name}_key${mark} ON ${name}${place} (${key})`,
    ...Object.entries(indexes).map(
      ([index, on]) => `CREATE INDEX ${index}${mark} ON ${name}${place} ${on}`,
    ),
  ];
}

export function tableSetOf({ name, version, tables }: IdentityView): TableSet {
  return {
    ...{ name, version },
    tables: tables.map((table) => table.name),
    schema: tables.flatMap((table) => [
      createTableOf(table, ''),
      ...createIndexesOf(table, '', ''),
    ]),
  };
}
