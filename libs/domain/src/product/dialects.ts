/** The one list of dialects: types, schemas and metrics are made of it. */
export const DIALECTS = ['enos', 'alibaba', 'huawei'] as const;

export type DialectName = (typeof DIALECTS)[number];

/** `auto`: whatever the packet says. */
export type Dialect = 'auto' | DialectName;

/** What breaks a silence: any packet, or only what the device publishes. */
export type SilenceCounts = 'packet' | 'message';

interface DialectTraits {
  /** Where the product does not say. */
  readonly silenceCounts: SilenceCounts;
  /** Whether a ClientID tells physical units apart. */
  readonly clientIdNamesUnit: boolean;
}

const TRAITS: Readonly<Record<DialectName, DialectTraits>> = {
  alibaba: { silenceCounts: 'packet', clientIdNamesUnit: true },
  // Devices ask for keep-alive 0 and ping whether or not they have anything to say.
  enos: { silenceCounts: 'message', clientIdNamesUnit: true },
  // A ClientID is built from the hour.
  huawei: { silenceCounts: 'packet', clientIdNamesUnit: false },
};

const BY_NAME: ReadonlyMap<string, DialectTraits> = new Map(Object.entries(TRAITS));

/** What breaks a silence where the product does not say. */
export function silenceCountsOf(dialect: Dialect): SilenceCounts {
  return dialect === 'auto' ? 'packet' : TRAITS[dialect].silenceCounts;
}

/**
 * Takes the names that a record carries. In a dialect that this release does not know, a ClientID
 * names a unit. Over HTTP it never does: most requests have none, so that the device's own name
 * stands there, and a device that also speaks MQTT has another one there.
 */
export function clientIdNamesUnit(dialect: string, transport: string): boolean {
  if (transport === 'http') return false;
  return BY_NAME.get(dialect)?.clientIdNamesUnit ?? true;
}
