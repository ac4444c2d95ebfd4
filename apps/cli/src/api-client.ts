/** What the API answered to one call. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Tallystick-Position; null on reads. */
  readonly position: string | null;
}

/** The platform said no: a problem document, in words. */
export class Refused extends Error {
  readonly body: unknown;

  readonly status: number;

  constructor(status: number, body: unknown, hint: string | null = null) {
    super([describeProblem(status, body), ...(hint === null ? [] : [hint])].join('; '));
    this.status = status;
    this.name = 'Refused';
    this.body = body;
  }
}

/** Nobody answered at the address. */
export class Unreachable extends Error {
  constructor(url: string, cause: unknown) {
    super(
      `${url} cannot be reached. Does the platform run (npm start)? TALLYSTICK_URL names another address.`,
      { cause },
    );
    this.name = 'Unreachable';
  }
}

/** The answer broke off, or a stream that should go on has ended. */
export class BrokenOff extends Unreachable {
  constructor(url: string, cause?: unknown) {
    super(url, cause);
    this.message = `the connection to ${url} has ended. Does the platform still run?`;
  }
}

/** Ctrl-C. */
export class Interrupted extends Error {}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path?: string; readonly message?: string }[];
}

function describeProblem(status: number, body: unknown): string {
  const problem: ProblemDocument = typeof body === 'object' && body !== null ? body : {};
  const code = problem.code === undefined ? '' : ` (${problem.code})`;
  const detail = problem.detail ?? problem.title ?? `HTTP ${status}`;
  // The detail of one error, or of a few, says them already.
  const lines = (problem.errors ?? [])
    .filter(({ message }) => message === undefined || !detail.includes(message))
    .map((error) => `  ${error.path ?? ''}: ${error.message ?? ''}`);
  return [`${detail}${code}`, ...lines].join('\n');
}

export interface ApiClient {
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer>;
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

/**
 * Paths are given after /api/v1. Throws {@link Refused}, {@link Unreachable}, and
 * {@link Interrupted} once the signal aborts.
 */
export function createApiClient(
  url: string,
  { token, tokenSource }: { readonly token: string; readonly tokenSource: string },
  signal: AbortSignal,
): ApiClient {
  const base = `${url.replace(/\/+$/, '')}/api/v1`;
  const otherwise = (failure: Error): Error => (signal.aborted ? new Interrupted() : failure);
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const asked = fetch(`${base}${path}`, { ...init, headers, signal });
    const response = await asked.catch((cause: unknown) => {
      throw otherwise(new Unreachable(url, cause));
    });
    if (response.ok) return response;
    const where = response.status === 401 ? `the token came from ${tokenSource}` : null;
    throw new Refused(response.status, await read(response), where);
  };
  const read = (response: Response): Promise<unknown> =>
    parseBody(response).catch((cause: unknown) => {
      throw otherwise(new BrokenOff(url, cause));
    });
  const answer = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: await read(response),
    position: response.headers.get('tallystick-position'),
  });
  return {
    get: async (path, query) => answer(await call(withQuery(path, query), {})),
    send: async (method, path, body) =>
      answer(
        await call(path, {
          method,
          ...(body === undefined
            ? {}
            : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        }),
      ),
    stream: async (path, query, onEvent, lastEventId) => {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const { body } = await call(withQuery(path, query), { headers });
      const reading = body === null ? Promise.resolve() : readEvents(body, onEvent);
      const failure = await reading.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      throw otherwise(new BrokenOff(url, failure));
    },
  };
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

async function parseBody(response: Response): Promise<unknown> {
  const text = await response.text();
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
  body: ReadableStream<Uint8Array>,
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
