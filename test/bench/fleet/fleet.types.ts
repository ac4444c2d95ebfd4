/** What the process that holds the fleet is asked. */
export type FleetQuestion =
  /** Writes the log of a fleet into an empty database. */
  | { readonly ask: 'fill'; readonly database: Database; readonly devices: number }
  /** Builds all views beside, and switches to them. */
  | { readonly ask: 'rebuild' }
  /** Writes the rows that the views hold, bare, and makes their indexes. */
  | { readonly ask: 'bare rows' }
  | { readonly ask: 'lists'; readonly turns: number }
  | { readonly ask: 'weight' };

export interface Database {
  readonly databaseUrl: string | null;
  readonly file: string;
}

/** Each question has its own of these; the others are 0 or empty. */
export interface FleetAnswer {
  readonly events: number;
  readonly seconds: number;
  readonly list: readonly number[];
  readonly search: readonly number[];
  /** A bare page of the same rows by their key, in turn with the lists. */
  readonly bare: readonly number[];
  readonly slowest: string;
  readonly privateBytes: number;
  readonly mostBytes: number;
  readonly diskBytes: number;
}
