import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ResetDeviceSecretBody } from '@tallystick/contracts';
import type { OfDevice } from './change.ts';
import { renderDevice } from './devices.handlers.ts';
import { Handler } from './handler.ts';
import type { After } from './read.ts';
import type { Written } from '../http/call.ts';
import { exact, settle, tellSecret, Write } from './write.ts';

export class ResetDeviceSecret extends Write<OfDevice & ResetDeviceSecretBody> {}
/** A command, for it leaves its trace in the audit. */
export class ReadDeviceSecret extends Write<OfDevice & After> {}

@CommandHandler(ResetDeviceSecret)
export class ResetDeviceSecretHandler
  extends Handler
  implements ICommandHandler<ResetDeviceSecret>
{
  execute({ call, input }: ResetDeviceSecret): Promise<Written> {
    const { names, identity } = this.parts;
    const { deviceId, deviceSecret: secret, overlapSeconds } = input;
    const settled = names.write(call, deviceId, (ref) =>
      settle(
        call,
        (context) => identity.devices.resetSecret(ref, exact({ secret, overlapSeconds }), context),
        async (outcome) => ({
          ...(await renderDevice(this.parts, outcome)),
          deviceSecret: outcome.reply.secret,
        }),
      ),
    );
    return tellSecret(this.parts, call, settled, 'deviceId');
  }
}

@CommandHandler(ReadDeviceSecret)
export class ReadDeviceSecretHandler extends Handler implements ICommandHandler<ReadDeviceSecret> {
  async execute({ call, input: { deviceId, after } }: ReadDeviceSecret): Promise<Written> {
    const { names, identity, views } = this.parts;
    if (after !== undefined) await views.reach(after);
    return names.write(call, deviceId, (ref) =>
      settle(
        call,
        (context) => identity.devices.readSecret(ref, context),
        ({ reply }) => ({ secrets: reply.secrets.map((secret) => ({ ...secret })) }),
      ),
    );
  }
}

export const DEVICE_SECRET_HANDLERS = [ResetDeviceSecretHandler, ReadDeviceSecretHandler];
