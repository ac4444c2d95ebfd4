import type { EpochMs } from '@tallystick/kernel';

/**
 * `purging`: purged by an operator; the slot counts until ClientIdReleased follows the purge's
 * effects.
 */
export type UnitState = 'pending' | 'active' | 'forbidden' | 'purging';

/** One piece of hardware under a name. */
export interface Unit {
  readonly clientId: string;
  /** SHA-256 of the DeviceToken, hex: the token itself is random and kept nowhere. */
  readonly tokenHash: string;
  readonly state: UnitState;
  readonly claimedAt: EpochMs;
  /** From when the ten minutes of a pending unit count: its claim, or the undo that let it back. */
  readonly pendingSince: EpochMs;
  /** Where it claimed, or was activated since. */
  readonly gatewayId: string;
  readonly activatedAt: EpochMs | null;
}

export type ConflictCause = 'second-unit' | 'slots-full' | 'evidence';
export type ConflictKind = 'claims' | 'shared-secret' | 'shared-certificate';

/** All that the slots of one name need: at most five entries, whatever their state. */
export interface UnitsState {
  /** False after Switch or Clear, until undo or reopen: no new claim. */
  readonly open: boolean;
  readonly units: readonly Unit[];
  /**
   * What undo would restore: the units that the last Switch or Clear forbade, with the state they
   * had. null: nothing to undo.
   */
  readonly undoable:
    readonly { readonly clientId: string; readonly state: 'pending' | 'active' }[] | null;
  /** True once one of them was purged: undo is then refused. */
  readonly undoBroken: boolean;
  /** When a conflict of this kind and cause was last reported, as `kind/cause`: once per window. */
  readonly conflictsAt: Readonly<Record<string, EpochMs>>;
}
