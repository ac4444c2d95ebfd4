import type { AuditEntryDocument } from '@tallystick/contracts';
import type { EpochMs } from '@tallystick/kernel';
import type { Page } from '../queries/queries.types.ts';

/** What is told to the audit of an act that appends no event. */
export interface AuditEntry {
  readonly time: EpochMs;
  readonly tenant: string;
  readonly actor: string;
  readonly action: string;
  /** The id of the resource; null: none is meant. */
  readonly subject: string | null;
  /** null: the platform's own act. */
  readonly remoteAddress: string | null;
  readonly requestId: string | null;
  readonly detail: string | null;
  /**
   * Names the act, for whoever cannot know whether its row is written: told again with the same
   * time, it keeps the row that it has. Absent: a row of its own.
   */
  readonly act?: string;
}

/** Attempts that share a row: that of their minute. */
export interface CountedAttempts {
  /** Of the first of them. */
  readonly time: EpochMs;
  readonly tenant: string;
  readonly actor: string;
  readonly action: string;
  /** null: of several. */
  readonly remoteAddress: string | null;
  readonly times: number;
}

export interface AuditFilter {
  /** null: of every tenant. */
  readonly tenant: string | null;
  readonly subject?: string;
  readonly actor?: string;
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
}

/**
 * Who changed, read or was refused what. Acts that append events have their rows from the view
 * `audit`; all else is written here, in a table of its own that no log can bring back.
 */
export interface AuditLog {
  /** Durable when it resolves: a secret is shown after it. */
  record(entries: readonly AuditEntry[]): Promise<void>;
  /**
   * Adds to the rows of their minutes. A minute has at most 1,000 such rows, whichever registries
   * count; what is beyond is added to one of them, without address, whose action is `* refused`.
   */
  count(attempts: readonly CountedAttempts[]): Promise<void>;
  /** Newest first; null: the cursor is none of ours. */
  list(
    filter: AuditFilter,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<AuditEntryDocument> | null>;
  /** Drops at most so many rows older than `before`; how many it dropped. */
  forget(before: EpochMs, most: number): Promise<number>;
}
