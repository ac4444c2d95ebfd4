import { pause } from '@tallystick/ports';
/** What the registry answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
  /** Tallystick-Position, 0 without one. */
  readonly position: number;
}

export interface Api {
  (
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
}

/** Calls `/api/v1` of one registry as an operator. */
export function createApi(url: string, token: string): Api {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      position: Number(response.headers.get('tallystick-position') ?? 0),
    };
  };
}

/** The rows of a list. */
export function rows(reply: Reply): readonly Record<string, unknown>[] {
  const { data } = reply.body;
  return Array.isArray(data)
    ? data.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
    : [];
}

const ASK_AGAIN_MS = 50;

/**
 * Waits until every gateway has applied what a write did, and fails when that does not come about.
 */
export async function applied(api: Api, position: number): Promise<Record<string, unknown>> {
  const end = Date.now() + 60_000;
  for (;;) {
    const { body } = await api('GET', `/effects/${position}?wait=5`);
    if (body['unknown'] === false && body['applied'] === body['total']) return body;
    if (Date.now() > end)
      throw new Error(`position ${position} has not been applied: ${JSON.stringify(body)}`);
    // An answer comes at once where all that hold a lease have it, though there may be others:
    // nobody is asked without pause.
    await pause(ASK_AGAIN_MS);
  }
}
