import { BrokenOff, Interrupted, Refused, Unreachable } from './failures.ts';

/** What the API answered to one call. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Tallystick-Position; null on reads. */
  readonly position: string | null;
}

export interface ApiClient {
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer>;
  /** The parts of a body as they come; fails with {@link BrokenOff} where it ends too soon. */
  download(path: string): AsyncIterable<Uint8Array>;
  /**
   * Server-sent events after `lastEventId`, one call of `onEvent` each, for ever; rejects with
   * {@link BrokenOff} once it has begun.
   */
  stream(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    onEvent: (event: ServerEvent) => void,
    lastEventId?: string,
  ): Promise<never>;
}

export interface ServerEvent {
  readonly data: string;
  /** Where to go on after it; null: the server did not say. */
  readonly id: string | null;
}

/** Whom the client speaks to, and as whom. */
export interface Caller {
  readonly url: string;
  readonly token: string;
  /** The variable or file that it came from. */
  readonly tokenSource: string;
  /** Whose things are meant; null: those of the token's own tenant. */
  readonly tenant: string | null;
}

export const baseOf = ({ url }: Caller): string => `${url.replace(/\/+$/, '')}/api/v1`;

export function headersOf({ token, tenant }: Caller): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${token}`,
    ...(tenant === null ? {} : { 'tallystick-tenant': tenant }),
  };
}

/** What a body of the API says that is not one of its successes. */
export function refusalOf(status: number, body: unknown, { tokenSource }: Caller): Refused {
  return new Refused(status, body, status === 401 ? `the token came from ${tokenSource}` : null);
}

/**
 * Paths are given after /api/v1. Throws {@link Refused}, {@link Unreachable}, and
 * {@link Interrupted} once the signal aborts.
 */
export function createApiClient(caller: Caller, signal: AbortSignal): ApiClient {
  const { url } = caller;
  const base = baseOf(caller);
  const otherwise = (failure: Error): Error => (signal.aborted ? new Interrupted() : failure);
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, ...headersOf(caller) };
    const asked = fetch(`${base}${path}`, { ...init, headers, signal });
    const response = await asked.catch((cause: unknown) => {
      throw otherwise(new Unreachable(url, cause));
    });
    if (response.ok) return response;
    throw refusalOf(response.status, await read(response), caller);
  };
  const read = (response: Response): Promise<unknown> =>
    response
      .text()
      .then(parseBody)
      .catch((cause: unknown) => {
        throw otherwise(new BrokenOff(url, cause));
      });
  const answer = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: await read(response),
    position: response.headers.get('tallystick-position'),
  });
  const partsOf = async function* ({ body }: Response): AsyncGenerator<Uint8Array> {
    try {
      if (body !== null) yield* body;
    } catch (cause) {
      throw otherwise(new BrokenOff(url, cause));
    }
  };
  return {
    get: async (path, query) => answer(await call(withQuery(path, query), {})),
    send: async (method, path, body) => answer(await call(path, { method, ...jsonOf(body) })),
    download: async function* (path) {
      yield* partsOf(await call(path, {}));
    },
    stream: async (path, query, onEvent, lastEventId) => {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      await readEvents(partsOf(await call(withQuery(path, query), { headers })), onEvent);
      throw otherwise(new BrokenOff(url));
    },
  };
}

function jsonOf(body: object | undefined): RequestInit {
  if (body === undefined) return {};
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

export function parseBody(text: string): unknown {
  if (text === '') return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return { detail: text.slice(0, 200) };
  }
}

/** Server-sent events (WHATWG HTML, 9.2): the data lines of each block, joined, and its id. */
async function readEvents(
  body: AsyncIterable<Uint8Array>,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const data = valuesOf(lines, 'data:');
      if (data.length > 0)
        onEvent({ data: data.join('\n'), id: valuesOf(lines, 'id:').at(-1) ?? null });
    }
  }
}

function valuesOf(lines: readonly string[], field: string): readonly string[] {
  return lines
    .filter((line) => line.startsWith(field))
    .map((line) => line.slice(field.length).trimStart());
}
