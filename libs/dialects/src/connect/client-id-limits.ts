/**
 * What stands before the extension block, at most: the part, and (EnOS) the part with the text in
 * braces.
 */
const MAX_PART = 64;
const MAX_WITH_BRACES = 128;
/** The whole text as it comes. The vendors' SDKs write less than 200 characters. */
const MAX_WIRE = 1_024;

const ASCII = /^[\x20-\x7e]*$/;
/** Controls, formats, private and unassigned code points, and both separators of lines. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Blanks and line ends in front of a key of the extension block. */
const BEFORE_KEY = /([|,])[ \t\r\n]+/g;

/**
 * Whether a ClientId may be looked at further. Longer text, or one that cannot be printed, goes
 * into no record and no log. An old SDK of Alibaba breaks the line before each key of the block:
 * that alone is no fault.
 */
export function isBoundedClientId(wire: string): boolean {
  if (wire.length > MAX_WIRE) return false;
  return ASCII.test(wire) || !UNPRINTABLE.test(withoutLineEnds(wire));
}

function withoutLineEnds(wire: string): string {
  const open = wire.indexOf('|');
  return open < 0 ? wire : wire.slice(0, open) + wire.slice(open).replace(BEFORE_KEY, '$1');
}

/** At most 64 characters: the ClientId of every dialect but EnOS. */
export function isClientIdPart(text: string): boolean {
  return text.length <= MAX_PART;
}

/**
 * EnOS: at most 64 characters, and behind them `{…}`, as its Java SDK writes it; both together at
 * most 128.
 */
export function isClientIdWithBraces(text: string): boolean {
  return text.length <= MAX_WITH_BRACES && isClientIdPart(partOf(text));
}

/** The part alone, without the text in braces. */
export function partOf(text: string): string {
  const brace = text.indexOf('{');
  return brace >= 0 && text.endsWith('}') ? text.slice(0, brace) : text;
}
