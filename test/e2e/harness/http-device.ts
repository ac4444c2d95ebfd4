import { createHash, createHmac } from 'node:crypto';

/** What a device over HTTP was answered; JSON. */
export interface HttpHeard {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const hmac = (secret: string, content: string): string =>
  createHmac('sha256', secret).update(content).digest('hex');

async function post(
  port: number,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpHeard> {
  const url = `http://127.0.0.1:${port}${path}`;
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as HttpHeard['body'] };
}

const json = (
  port: number,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpHeard> =>
  post(port, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

/** Dynamic registration, as the Node SDK asks for it. */
export function register(port: number, productKey: string, deviceName: string, secret: string) {
  const sign = hmac(secret, `deviceName${deviceName}productKey${productKey}random42`);
  const form = { productKey, deviceName, random: '42', sign, signMethod: 'hmacsha256' };
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return post(port, '/auth/register/device', new URLSearchParams(form).toString(), type);
}

/** A vendor's way to a token and to an uplink with it. */
export interface HttpDevice {
  readonly login: (port: number, secret: string) => Promise<HttpHeard>;
  readonly tokenIn: (heard: HttpHeard) => string;
  readonly say: (port: number, token: string) => Promise<HttpHeard>;
}

const inside = (value: unknown, name: string): string =>
  String((value as Readonly<Record<string, unknown>> | undefined)?.[name]);

export const alibabaDevice = (productKey: string, deviceName: string): HttpDevice => ({
  login: (port, secret) => {
    const clientId = `${productKey}.${deviceName}`;
    const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
    const signed = { clientId, signmethod: 'hmacsha256', sign: hmac(secret, content) };
    return json(port, '/auth', { productKey, deviceName, ...signed });
  },
  tokenIn: ({ body }) => inside(body['info'], 'token'),
  say: (port, password) =>
    json(port, `/topic/${productKey}/${deviceName}/user/update`, { hello: 1 }, { password }),
});

export const enosDevice = (productKey: string, deviceKey: string): HttpDevice => ({
  login: (port, secret) => {
    const lifetime = 300_000;
    const content = `deviceKey${deviceKey}lifetime${lifetime}productKey${productKey}signMethodsha256`;
    const sign = createHash('sha256')
      .update(content + secret)
      .digest('hex');
    return json(port, `/auth/${productKey}/${deviceKey}`, { signMethod: 'sha256', lifetime, sign });
  },
  tokenIn: ({ body }) => inside(body['data'], 'sessionId'),
  say: (port, sessionId) => {
    const topic = `/sys/${productKey}/${deviceKey}/thing/measurepoint/post`;
    return json(port, `/topic${topic}?sessionId=${sessionId}`, { id: '1', params: {} });
  },
});

export const huaweiDevice = (deviceId: string): HttpDevice => ({
  login: (port, secret) => {
    const timestamp = '2019120219';
    const password = hmac(timestamp, secret);
    return json(port, '/v5/device-auth', {
      device_id: deviceId,
      sign_type: 0,
      timestamp,
      password,
    });
  },
  tokenIn: ({ body }) => inside(body, 'access_token'),
  say: (port, access_token) =>
    json(port, `/v5/devices/${deviceId}/sys/messages/up`, { content: 'x' }, { access_token }),
});
