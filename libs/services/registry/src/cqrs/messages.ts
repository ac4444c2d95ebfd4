import { Command, Query } from '@nestjs/cqrs';
import type { JsonValue } from '@tallystick/kernel';
import type { Call } from '../http/call.ts';

/** What a write answers with. */
export interface Written {
  readonly position: number;
  /** null: of no stream. */
  readonly revision: number | null;
  /** null: 204. */
  readonly body: JsonValue | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface Listing<T> {
  readonly data: readonly T[];
}

/** A write that an operator asked for. */
export abstract class Write<Input> extends Command<Written> {
  readonly call: Call;
  readonly input: Input;

  constructor(call: Call, input: Input) {
    super();
    this.call = call;
    this.input = input;
  }
}

/** The position that a view must have reached before it is asked; absent: any. */
export interface After {
  readonly after?: number | undefined;
}

/** A question of an operator. */
export abstract class Read<Input extends After, Answer> extends Query<Answer> {
  readonly call: Call;
  readonly input: Input;

  constructor(call: Call, input: Input) {
    super();
    this.call = call;
    this.input = input;
  }
}
