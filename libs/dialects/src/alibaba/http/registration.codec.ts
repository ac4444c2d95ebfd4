import { readAlibabaConnect } from '../alibaba-connect.codec.ts';
import type { CommonParts } from '../../connect/claim.types.ts';
import { parseUsername } from '../../connect/username.codec.ts';
import { isOfType, parseFormBody } from '../../http/body.codec.ts';
import { claimedBy, isSign, malformedClaim } from '../../http/claimed.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';

export const FORM = 'application/x-www-form-urlencoded';

const ROUTE = 'alibaba-register';

/**
 * `POST /auth/register/device`, a form of productKey, deviceName, random, sign and signMethod. The
 * sign is made as for MQTT's `register`: HMAC over `deviceName{..}productKey{..}random{..}` with
 * the product's secret. Old SDKs send a constant `random`: it is no nonce.
 */
export function readRegistration({ headers, body }: WireRequest): DeviceRequest {
  if (typeof body === 'string') return { kind: 'faulty', route: ROUTE, fault: body };
  if (!isOfType(headers, FORM)) return { kind: 'faulty', route: ROUTE, fault: 'media-type' };
  const form = parseFormBody(body) ?? new Map<string, string>();
  const parts = partsOf(form);
  if (parts === null) return refuse(form, 'malformed');
  const claim = readAlibabaConnect(parts);
  if (claim?.kind !== 'activation') return refuse(form, 'sign-method');
  const { productKey, deviceKey } = parts;
  const name = { productKey, deviceKey, deviceId: null };
  const parsed = claimedBy(name, deviceKey, { ...claim, delivery: 'http' });
  return { kind: 'register', route: ROUTE, fault: null, parsed };
}

const nameIn = (form: ReadonlyMap<string, string>) => ({
  productKey: form.get('productKey') ?? '',
  deviceKey: form.get('deviceName') ?? '',
});

function refuse(
  form: ReadonlyMap<string, string>,
  fault: 'malformed' | 'sign-method',
): DeviceRequest {
  const parsed = malformedClaim('alibaba', nameIn(form));
  return { kind: 'register', route: ROUTE, fault, parsed };
}

/** As a CONNECT by `register` has them; null: one of the five is missing. */
function partsOf(form: ReadonlyMap<string, string>): CommonParts | null {
  const { productKey, deviceKey } = nameIn(form);
  const name = parseUsername(`${deviceKey}&${productKey}`);
  const [random = '', sign = '', signMethod = ''] = ['random', 'sign', 'signMethod'].map((field) =>
    form.get(field),
  );
  if (name === null || random === '' || signMethod === '' || !isSign(sign)) return null;
  const extension = new Map([
    ['authtype', 'register'],
    ['random', random],
    ['signmethod', signMethod],
  ]);
  return { ...name, clientId: '', extension, password: sign };
}

/** The buffer that iotkit 3 reads the answer into. */
const MAX_REPLY = 256;

/**
 * iotkit 3 reads the answer by hand: this order, no blanks. LinkSDK 4 finds the secret by its name.
 * Where the names are longer than Alibaba's own may be, what neither of them reads is left out.
 */
export function toRegistrationReply(grant: {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceSecret: string;
}): string {
  const { deviceKey: deviceName, deviceSecret, productKey } = grant;
  const data = { deviceName, deviceSecret, productKey };
  const replies = [
    { code: 200, data, message: 'success' },
    { code: 200, data },
  ];
  const fits = replies
    .map((reply) => JSON.stringify(reply))
    .find(({ length }) => length <= MAX_REPLY);
  return fits ?? JSON.stringify({ code: 200, data: { deviceSecret } });
}
