/** Where the rows of so many registrations are to be written. */
export interface BareInserts {
  /** null: PostgreSQL. */
  readonly file: string | null;
  readonly databaseUrl: string;
  readonly count: number;
}
