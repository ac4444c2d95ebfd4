import { Command, CommandHandler } from '@nestjs/cqrs';
import type {
  ActivateInput,
  Answer,
  CallContext,
  DeviceRef,
  EvidenceInput,
  ReleaseInput,
} from '@tallystick/application';
import { isPortError, PortError } from '@tallystick/kernel';
import { setAside } from '@tallystick/services-edge';
import { Handler } from './handler.ts';

/** What follows from something that happened elsewhere. */
export abstract class Reaction<Input> extends Command<void> {
  readonly ref: DeviceRef;
  readonly input: Input;
  readonly context: CallContext;

  constructor(ref: DeviceRef, input: Input, context: CallContext) {
    super();
    this.ref = ref;
    this.input = input;
    this.context = context;
  }
}

/** From a gateway's signal of a first login. */
export class ActivateDevice extends Reaction<ActivateInput> {}
/** From sessions that contradict each other. */
export class ReportConflict extends Reaction<EvidenceInput> {}
/** Frees the slot of a unit that never logged in, was purged, or was given back by its gateway. */
export class ReleaseUnit extends Reaction<ReleaseInput> {}
/** Nobody has activated that life in its time. */
export class ExpireRegistration extends Reaction<{ readonly generation: number }> {}

/** If the store is away it throws, so that the signal is delivered again. */
abstract class ReactionHandler<R extends Reaction<unknown>> extends Handler {
  protected abstract readonly what: string;

  async execute(reaction: R): Promise<void> {
    const { logger } = this.parts;
    const { what } = this;
    const answer = await this.react(reaction).catch((error: unknown) => {
      if (!isPortError(error, 'unacceptable')) throw error;
      logger.error(
        { what, why: error.message },
        'a reaction that can never be stored was set aside',
      );
      setAside.add({ what: 'signals' });
      return null;
    });
    if (answer === null || answer.ok) return;
    if (answer.error.code === 'store-unavailable') throw new PortError('unavailable', what);
    logger.info({ what, code: answer.error.code }, 'a reaction was refused');
  }

  protected abstract react(reaction: R): Answer<unknown, unknown>;
}

@CommandHandler(ActivateDevice)
export class ActivateDeviceHandler extends ReactionHandler<ActivateDevice> {
  protected readonly what = 'an activation';

  protected react({ ref, input, context }: ActivateDevice) {
    return this.parts.identity.devices.activate(ref, input, context);
  }
}

@CommandHandler(ReportConflict)
export class ReportConflictHandler extends ReactionHandler<ReportConflict> {
  protected readonly what = 'evidence of a conflict';

  protected react({ ref, input, context }: ReportConflict) {
    return this.parts.identity.devices.reportConflict(ref, input, context);
  }
}

@CommandHandler(ReleaseUnit)
export class ReleaseUnitHandler extends ReactionHandler<ReleaseUnit> {
  protected readonly what = 'a release';

  protected react({ ref, input, context }: ReleaseUnit) {
    return this.parts.identity.units.release(ref, input, context);
  }
}

@CommandHandler(ExpireRegistration)
export class ExpireRegistrationHandler extends ReactionHandler<ExpireRegistration> {
  protected readonly what = 'the end of a registration';

  protected react({ ref, input, context }: ExpireRegistration) {
    return this.parts.identity.devices.expireRegistration(ref, input, context);
  }
}

export const REACTION_HANDLERS = [
  ...[ActivateDeviceHandler, ReportConflictHandler],
  ...[ReleaseUnitHandler, ExpireRegistrationHandler],
];
