import { Query } from '@nestjs/cqrs';
import type { Call } from '../http/call.ts';
import { invalidField } from '../http/problem.ts';
import { Handler } from './handler.ts';

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** Rows of a page where the caller does not say. */
export const DEFAULT_LIMIT = 100;

export interface Listing<T> {
  readonly data: readonly T[];
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

/** Asks a view once it has reached the position that the caller named. */
export abstract class ReadHandler<R extends Read<After, Answer>, Answer> extends Handler {
  async execute(read: R): Promise<Answer> {
    const { after } = read.input;
    if (after !== undefined) await this.parts.views.reach(after);
    return this.read(read);
  }

  protected abstract read(read: R): Promise<Answer>;
}

/** A list whose cursor is none of ours is no list. */
export function pageOf<T>(page: Page<T> | null): Page<T> {
  if (page === null) throw invalidField('cursor', 'not a cursor of this list');
  return page;
}
