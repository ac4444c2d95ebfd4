import type { Admission, DeviceSession, SessionClaim } from '@tallystick/ports';
import type { Bearer } from './carrier.ts';
import type { ConnectPacket } from './codec/connect.codec.ts';

/** What a device says by its CONNECT, on what carries it to the listener of this name. */
export function claimOf(listener: string, bearer: Bearer, packet: ConnectPacket): SessionClaim {
  const { transport, remoteAddress, pskIdentity } = bearer;
  const { clientId, username, password, keepAliveSeconds, will } = packet;
  return {
    ...{ listener, transport, remoteAddress, pskIdentity },
    ...{ clientId, username, password, keepAliveSeconds },
    willTopic: will?.topic ?? null,
  };
}

/** The session of an admission. It lives long: no password may hang on it. */
export function sessionOf<I>(
  { sessionId, sessionKey, identity }: Admission<I>,
  { listener, transport, remoteAddress, clientId, keepAliveSeconds }: SessionClaim,
  openedAt: number,
): DeviceSession<I> {
  const claim = { listener, transport, remoteAddress, clientId, keepAliveSeconds };
  return { sessionId, sessionKey, identity, claim, openedAt };
}
