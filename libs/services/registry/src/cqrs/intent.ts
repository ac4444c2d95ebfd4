import type { Type } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import {
  Command,
  CommandHandler,
  Query,
  QueryHandler,
  type ICommandHandler,
  type IQueryHandler,
} from '@nestjs/cqrs';
import type { Call } from '../http/call.ts';
import type { Operations, Written } from '../operations/operations.types.ts';

export const OPERATIONS = Symbol.for('tallystick.registry.operations');

/** A write that somebody asked for: the call, the key of the resource, the body. */
export abstract class Write<Target, Body, Answer = Written> extends Command<Answer> {
  readonly call: Call;
  readonly target: Target;
  readonly body: Body;

  constructor(call: Call, target: Target, body: Body) {
    super();
    this.call = call;
    this.target = target;
    this.body = body;
  }
}

/** A question; answered when the views have reached `asked.after`. */
export abstract class Read<
  Target,
  Asked extends { readonly after?: number | undefined },
  Answer,
> extends Query<Answer> {
  readonly call: Call;
  readonly target: Target;
  readonly asked: Asked;

  constructor(call: Call, target: Target, asked: Asked) {
    super();
    this.call = call;
    this.target = target;
    this.asked = asked;
  }
}

/** A handler class for a write: nothing but the way from the bus to the operation. */
export function onWrite<T, B, A>(
  type: new (call: Call, target: T, body: B) => Write<T, B, A>,
  execute: (operations: Operations, write: Write<T, B, A>) => Promise<A>,
): Type<ICommandHandler> {
  @CommandHandler(type)
  class Handler {
    readonly #operations: Operations;

    constructor(@Inject(OPERATIONS) operations: Operations) {
      this.#operations = operations;
    }

    execute(write: Write<T, B, A>): Promise<A> {
      return execute(this.#operations, write);
    }
  }
  return Handler;
}

/** A handler class for a question. */
export function onRead<T, Q extends { readonly after?: number | undefined }, A>(
  type: new (call: Call, target: T, asked: Q) => Read<T, Q, A>,
  execute: (operations: Operations, read: Read<T, Q, A>) => Promise<A>,
): Type<IQueryHandler> {
  @QueryHandler(type)
  class Handler {
    readonly #operations: Operations;

    constructor(@Inject(OPERATIONS) operations: Operations) {
      this.#operations = operations;
    }

    async execute(read: Read<T, Q, A>): Promise<A> {
      const { after } = read.asked;
      if (after !== undefined) await this.#operations.views.reach(after);
      return execute(this.#operations, read);
    }
  }
  return Handler;
}
