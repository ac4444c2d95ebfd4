import { readGuide } from '../alibaba/http/guide.codec.ts';
import { readRegistration } from '../alibaba/http/registration.codec.ts';
import { readTokenAuth } from '../alibaba/http/token-auth.codec.ts';
import { readTopicUplink } from '../alibaba/http/uplink.codec.ts';
import { isEnosAuth, readEnosAuth } from '../enos/http/auth.codec.ts';
import { isEnosUplink, readEnosUplink } from '../enos/http/uplink.codec.ts';
import { readDeviceAuth } from '../huawei/http/device-auth.codec.ts';
import { isHuaweiUplink, readHuaweiUplink } from '../huawei/http/uplink.codec.ts';
import type { DeviceRequest, HttpRoute, WireRequest } from './device-request.types.ts';

type Reader = (request: WireRequest) => DeviceRequest;

/** Paths that are whole names; they come before `/auth/{productKey}/{deviceKey}`. */
const BY_PATH: ReadonlyMap<string, readonly [HttpRoute, Reader]> = new Map([
  ['/auth', ['alibaba-auth', readTokenAuth]],
  ['/auth/register/device', ['alibaba-register', readRegistration]],
  ['/auth/devicename', ['alibaba-guide', readGuide]],
  ['/auth/bootstrap', ['alibaba-guide', readGuide]],
  ['/v5/device-auth', ['huawei-auth', readDeviceAuth]],
]);

const REGION = /^\/auth\/bootstrap\/regionId\/[^/]+$/;

/** Which vendor's request it is; null: nobody's. */
export function readDeviceRequest(request: WireRequest): DeviceRequest | null {
  const found = routeOf(request);
  if (found === null) return null;
  const [route, read] = found;
  const fits = request.method === 'POST' || mayBeGet(route, request);
  return fits ? read(request) : { kind: 'faulty', route, fault: 'method' };
}

function mayBeGet(route: HttpRoute, { method, path }: WireRequest): boolean {
  return method === 'GET' && route === 'alibaba-guide' && path.startsWith('/auth/bootstrap');
}

function routeOf(request: WireRequest): readonly [HttpRoute, Reader] | null {
  const { path } = request;
  const named = BY_PATH.get(path);
  if (named !== undefined) return named;
  if (REGION.test(path)) return ['alibaba-guide', readGuide];
  if (isEnosAuth(path)) return ['enos-auth', readEnosAuth];
  if (isEnosUplink(request)) return ['enos-topic', readEnosUplink];
  if (path.startsWith('/topic/')) return ['alibaba-topic', readTopicUplink];
  return isHuaweiUplink(path) ? ['huawei-up', readHuaweiUplink] : null;
}
