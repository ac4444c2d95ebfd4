import type {
  DeviceEvent,
  JobEvent,
  ProductEvent,
  TenantEvent,
  TokenEvent,
} from '@tallystick/domain';

/** All event types of streams that are told on the bus. */
export type IdentityEventType = (
  DeviceEvent | ProductEvent | TenantEvent | TokenEvent | JobEvent
)['type'];

interface EventTraits {
  /**
   * `fast`: it restricts somebody, or a device waits for it, so it also takes the fast lane
   * (libs/README.md, rule 5). `fast-if-claimed`: only where a device claimed its registration. The
   * fast lane does not read those: the ClientIdClaimed or SecretRead of the same append stands for
   * them, and the registrations of an import would be read for nothing. `fast-if-delivered`: only
   * where the device itself got the secret, not where somebody looked at it.
   */
  readonly lane: 'fast' | 'bulk' | 'fast-if-claimed' | 'fast-if-delivered';
  /**
   * Whether it changes what a caller may have seen. An event that only tells of a look takes a
   * place in the stream (`ce_streamversion`) but is no new revision: a look must not break another
   * caller's If-Match.
   */
  readonly changes: boolean;
}

/** A new event type does not compile until it has its place here. */
export const EVENT_TRAITS = {
  ProductCreated: { lane: 'bulk', changes: true },
  ProductSecretReset: { lane: 'fast', changes: true },
  DynamicActivationEnabled: { lane: 'fast', changes: true },
  DynamicActivationDisabled: { lane: 'fast', changes: true },
  ProductPolicyChanged: { lane: 'fast', changes: true },
  ProductDeleted: { lane: 'fast', changes: true },
  DeviceRegistered: { lane: 'fast-if-claimed', changes: true },
  DeviceActivated: { lane: 'fast', changes: true },
  DeviceDisabled: { lane: 'fast', changes: true },
  DeviceEnabled: { lane: 'fast', changes: true },
  DeviceReset: { lane: 'fast', changes: true },
  DeviceSecretReset: { lane: 'fast', changes: true },
  DeviceDetailsChanged: { lane: 'bulk', changes: true },
  DeviceDeleted: { lane: 'fast', changes: true },
  RegistrationExpired: { lane: 'fast', changes: true },
  SecretRead: { lane: 'fast-if-delivered', changes: false },
  ClientIdConflict: { lane: 'bulk', changes: true },
  ClientIdClaimed: { lane: 'fast', changes: true },
  ClientIdActivated: { lane: 'fast', changes: true },
  ClientIdReleased: { lane: 'fast', changes: true },
  ClientIdRetained: { lane: 'fast', changes: true },
  ClientIdsCleared: { lane: 'fast', changes: true },
  ClientIdRestored: { lane: 'fast', changes: true },
  ClientIdPurged: { lane: 'fast', changes: true },
  DeviceNameReopened: { lane: 'fast', changes: true },
  TenantCreated: { lane: 'bulk', changes: true },
  TokenIssued: { lane: 'bulk', changes: true },
  TokenRevoked: { lane: 'bulk', changes: true },
  ImportFinished: { lane: 'bulk', changes: true },
  ImportUndone: { lane: 'bulk', changes: true },
} as const satisfies Readonly<Record<IdentityEventType, EventTraits>>;

const TRAITS: ReadonlyMap<string, EventTraits> = new Map(Object.entries(EVENT_TRAITS));

/** null: a type that this release does not know. */
export function traitsOf(type: string): EventTraits | null {
  return TRAITS.get(type) ?? null;
}

/** One of a type that this release does not know may change anything. */
export function raisesRevision({ type }: { readonly type: string }): boolean {
  return traitsOf(type)?.changes ?? true;
}
