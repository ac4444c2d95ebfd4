import { Buffer } from 'node:buffer';

/** The memory of a map's entry without its text. */
const ENTRY_BYTES = 64;

export const filterCost = (filter: string): number => Buffer.byteLength(filter) + ENTRY_BYTES;
