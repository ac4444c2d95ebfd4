/** A request as it came; the transport has looked at its framing alone. */
export interface HttpRequest {
  readonly method: string;
  /** Percent-encoded as it came, without the query. */
  readonly path: string;
  /** What stands behind the `?`; empty: nothing. */
  readonly query: string;
  /** Names in lower case; one that came twice is not there. */
  readonly headers: ReadonlyMap<string, string>;
  /** `broken`: its chunks or its length cannot be followed. The answer to it has status 400. */
  readonly body: Uint8Array | 'too-large' | 'broken';
  /** `ip:port`. */
  readonly remoteAddress: string;
  /** Whether whoever asked has gone. */
  readonly gone: () => boolean;
}

export interface HttpReply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /**
   * Who asked has proven who it is: its connection counts as let in and may be used again. After
   * any other answer it is closed.
   */
  readonly proven: boolean;
  /** Called once: the answer was handed to the wire, or its receiver was gone before. */
  readonly sent?: (delivered: boolean) => void;
}

/** Answers one request; what it throws is answered with 500 and nothing else. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpReply> | HttpReply;
