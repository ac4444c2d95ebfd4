import { Buffer } from 'node:buffer';

/** What an entry of a map costs besides its text. */
const ENTRY_BYTES = 64;

export const filterCost = (filter: string): number => Buffer.byteLength(filter) + ENTRY_BYTES;
