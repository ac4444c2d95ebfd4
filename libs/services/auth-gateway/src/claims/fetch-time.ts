/** A session that only fetches is closed after this long if its device does not go by itself. */
export const FETCH_MS = 15_000;
