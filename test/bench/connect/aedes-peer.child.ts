// Bare aedes, whose `authenticate` checks the same HMAC against a Map.
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { createServer } from 'node:net';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { answerQuestions } from '../parts/answer.ts';
import { deviceKeyOf, secretOf, type NumberedDevices } from '../parts/devices.ts';

const BAD_PASSWORD = 4;

function refusal(): AuthenticateError {
  return Object.assign(new Error('bad password'), { returnCode: BAD_PASSWORD });
}

type Secrets = ReadonlyMap<string, KeyObject>;

function passwordMatches(secrets: Secrets, client: Client, username = '', given = ''): boolean {
  const secret = secrets.get(username);
  const [deviceKey = '', productKey = ''] = username.split('&');
  const [id = ''] = client.id.split('|');
  if (secret === undefined) return false;
  const content = `clientId${id}deviceName${deviceKey}productKey${productKey}`;
  const expected = createHmac('sha256', secret).update(content).digest();
  const said = Buffer.from(given, 'hex');
  return said.length === expected.length && timingSafeEqual(said, expected);
}

async function serve(devices: NumberedDevices): Promise<number> {
  const secrets = new Map(
    Array.from({ length: devices.count }, (_, n) => {
      const deviceKey = deviceKeyOf(devices, n);
      const key = createSecretKey(Buffer.from(secretOf(deviceKey)));
      return [`${deviceKey}&${devices.productKey}`, key] as const;
    }),
  );
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) =>
      passwordMatches(secrets, client, username, password?.toString())
        ? done(null, true)
        : done(refusal(), false),
  });
  const server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

answerQuestions(serve);
