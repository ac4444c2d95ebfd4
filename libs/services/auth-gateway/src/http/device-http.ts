import type { HttpReply, HttpRequest } from '@tallystick/device-transport';
import { NO_SUCH_PATH, readDeviceRequest, toHttpFault } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import { HttpClaims, unproven } from './http-claims.ts';
import type { HttpParts } from './http-parts.types.ts';
import { HttpUplink } from './http-uplink.ts';

/** What devices ask over HTTP, whichever vendor's they are. */
export class DeviceHttp {
  readonly #claims: HttpClaims;
  readonly #uplink: HttpUplink;

  constructor(parts: HttpParts) {
    this.#claims = new HttpClaims(parts);
    this.#uplink = new HttpUplink(parts);
  }

  handle(request: HttpRequest): Promise<HttpReply> | HttpReply {
    const asked = readDeviceRequest(request);
    if (asked === null) return unproven(NO_SUCH_PATH);
    switch (asked.kind) {
      case 'faulty':
        return unproven(toHttpFault(asked.route, asked.fault));
      case 'login':
        return this.#claims.login(request, asked);
      case 'register':
        return this.#claims.register(request, asked);
      case 'guide':
        return this.#claims.guide(request, asked);
      case 'uplink':
        return this.#uplink.publish(asked);
      default:
        return assertNever(asked);
    }
  }
}
