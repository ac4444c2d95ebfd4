/** A line that is longer is one refused row; no more of it is held. */
export const LONGEST_LINE = 65_536;

/** A line without its end (LF or CRLF). */
export interface Line {
  /** Of a line that is too long: what was held of it. */
  readonly bytes: Buffer;
  readonly length: number;
  readonly tooLong: boolean;
}

export interface LineParser {
  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): readonly Line[];
  /** The last line, where no line end follows it. */
  end(): readonly Line[];
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Bytes to lines, whatever the pieces in which they come. A byte order mark before the first line
 * is dropped (RFC 3629, section 6).
 */
export function createLineParser(): LineParser {
  let held: Buffer = Buffer.alloc(0);
  /** How long the line is that `held` begins, where it is too long to be held. */
  let dropped = 0;
  let first = true;

  function take(rest: Buffer): Line {
    const whole = held.length === 0 ? rest : Buffer.concat([held, rest]);
    const ended = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    const marked = first && ended.subarray(0, 3).equals(BYTE_ORDER_MARK);
    const bytes = marked ? ended.subarray(3) : ended;
    const length = dropped + bytes.length;
    first = false;
    held = Buffer.alloc(0);
    dropped = 0;
    const tooLong = length > LONGEST_LINE;
    return { bytes: tooLong ? bytes.subarray(0, LONGEST_LINE) : bytes, length, tooLong };
  }

  function hold(rest: Buffer): void {
    const room = LONGEST_LINE + BYTE_ORDER_MARK.length + 1 - held.length;
    if (rest.length > room) dropped += rest.length - Math.max(0, room);
    // A copy: the piece that it is part of may be large.
    held = Buffer.concat([held, rest.subarray(0, Math.max(0, room))]);
  }

  return {
    push(bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const lines: Line[] = [];
      let at = 0;
      for (let end = piece.indexOf(LF); end !== -1; end = piece.indexOf(LF, at)) {
        lines.push(take(piece.subarray(at, end)));
        at = end + 1;
      }
      if (at < piece.length) hold(piece.subarray(at));
      return lines;
    },
    end: () => (held.length === 0 && dropped === 0 ? [] : [take(Buffer.alloc(0))]),
  };
}
