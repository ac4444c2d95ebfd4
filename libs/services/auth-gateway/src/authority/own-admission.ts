import { topicPolicyOf } from '@tallystick/dialects';
import type { Admission, SessionClaim } from '@tallystick/ports';
import type { ProductCredential } from '@tallystick/contracts';
import { silenceRuleOf } from '../decide/silence.ts';
import type { DeviceIdentity } from '../gateway.types.ts';

/** A device's own session. One by HTTP and one of any other wire do not take each other over. */
export function ownAdmission(
  identity: DeviceIdentity,
  product: ProductCredential | null,
  { transport }: Pick<SessionClaim, 'transport'>,
  sessionId: string,
): Admission<DeviceIdentity> {
  const { tenant, productKey, deviceKey, generation, unit, dialect } = identity;
  const ofWire = transport === 'http' ? '#http' : '';
  return {
    ...topicPolicyOf(dialect, identity),
    // A new life must not inherit what an old one left in its session.
    sessionKey: `${tenant}/${productKey}/${deviceKey}#${generation}#${unit ?? ''}${ofWire}`,
    ...{ sessionId, identity, greeting: [], closeAfterMs: null, fetchOnly: false },
    silence: silenceRuleOf(product),
  };
}
