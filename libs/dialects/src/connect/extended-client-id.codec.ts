import { isClientIdWithBraces } from './client-id-limits.ts';

/** `{prefix}|k=v,k=v,…|`: how Alibaba and EnOS write a ClientId. */
export interface ExtendedClientId {
  readonly prefix: string;
  /** Keys in lower case, values verbatim: they are signed. */
  readonly extension: ReadonlyMap<string, string>;
}

/**
 * Takes a ClientId apart; null if it has no extension block or its prefix is longer than any
 * dialect allows.
 * - Everything before the first `|` is the prefix, verbatim: EnOS's Java SDK writes
 *   `{ip=1.2.3.4,version=…}` into it.
 * - The pairs come in any order; a key may have blanks around it (EnOS's documents have); what is
 *   no pair, and the second of two equal keys, is passed over.
 */
export function parseExtendedClientId(clientId: string): ExtendedClientId | null {
  const open = clientId.indexOf('|');
  if (open < 0 || open === clientId.length - 1 || !clientId.endsWith('|')) return null;
  const prefix = clientId.slice(0, open);
  const block = clientId.slice(open + 1, -1);
  if (block.includes('|') || !isClientIdWithBraces(prefix)) return null;
  const extension = new Map<string, string>();
  for (const pair of block.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const key = pair.slice(0, equals).trim().toLowerCase();
    if (!extension.has(key)) extension.set(key, pair.slice(equals + 1));
  }
  return { prefix, extension };
}
