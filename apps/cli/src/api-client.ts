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

  constructor(status: number, body: unknown) {
    super(describeProblem(status, body));
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
    this.message = `the connection to ${url} has ended. Does the platform still run? The same command goes on from now, --from earliest or --from <position> from before.`;
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
  /** Server-sent events, one call of `onEvent` each, for ever. */
  stream(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    onEvent: (data: string) => void,
  ): Promise<never>;
}

/** Paths are given after /api/v1. Throws {@link Refused}, {@link Unreachable}, and {@link Interrupted} once the signal aborts. */
export function createApiClient(url: string, token: string, signal: AbortSignal): ApiClient {
  const base = `${url.replace(/\/+$/, '')}/api/v1`;
  const otherwise = (failure: Error): Error => (signal.aborted ? new Interrupted() : failure);
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const asked = fetch(`${base}${path}`, { ...init, headers, signal });
    const response = await asked.catch((cause: unknown) => {
      throw otherwise(new Unreachable(url, cause));
    });
    if (response.ok) return response;
    throw new Refused(response.status, await read(response));
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
    stream: async (path, query, onEvent) => {
      const { body } = await call(withQuery(path, query), {});
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
    return JSON.parse(text) as unknown;
  } catch {
    return { detail: text.slice(0, 200) };
  }
}

/** Server-sent events (WHATWG HTML, 9.2): the data lines of each block, joined. */
async function readEvents(
  body: ReadableStream<Uint8Array>,
  onEvent: (data: string) => void,
): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart());
      if (data.length > 0) onEvent(data.join('\n'));
    }
  }
}
