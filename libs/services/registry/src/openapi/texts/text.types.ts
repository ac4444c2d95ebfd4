/** The groups that the operations are shown in, in this order. */
export const TAGS = {
  Products: 'Kinds of devices: what their secrets and policies are.',
  Devices: 'Logical identities: registration, restriction, secrets.',
  Imports: 'Whole files of devices: what became of each row, and how to undo it all.',
  Units: 'Physical units that share the name of a registration-free device.',
  History: 'What happened to a device, why it was let in or refused, and its sessions.',
  Figures: 'How many there are, from counts that are kept with the rows.',
  Effects: 'How far a write has come: positions, gateways, and the events as they happen.',
  Tenants: 'Who is kept apart from whom.',
  Audit: 'Who changed, read or was refused what, and from where.',
  Tokens: 'Who may call, and what each may do.',
  Platform: 'The service itself: health, metrics and its own description. No token is needed.',
} as const;

/** What openapi.json says of an operation. */
export interface OperationText {
  readonly tag: keyof typeof TAGS;
  /** At most about 60 characters, without a full stop. */
  readonly summary: string;
  readonly description: string;
}
