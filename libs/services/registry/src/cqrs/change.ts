import type { Answer, CallContext, DeviceRef, Outcome } from '@tallystick/application';
import type { LiveDevice } from '@tallystick/domain';
import type { JsonValue } from '@tallystick/kernel';
import type { Written } from '../http/call.ts';
import { Handler } from './handler.ts';
import { settle, type Write } from './write.ts';

/** Which device is meant. */
export interface OfDevice {
  readonly deviceId: string;
}

/** Changes one device, named by its id. */
export abstract class ChangeHandler<W extends Write<OfDevice>> extends Handler {
  execute({ call, input }: W): Promise<Written> {
    return this.parts.names.write(call, input.deviceId, (ref) =>
      settle(
        call,
        (context) => this.change(ref, input, context),
        (outcome) => this.render(outcome),
      ),
    );
  }

  protected abstract change(
    ref: DeviceRef,
    input: W['input'],
    context: CallContext,
  ): Answer<LiveDevice, null>;

  /** What the caller is answered. */
  protected abstract render(outcome: Outcome<LiveDevice, null>): Promise<JsonValue>;
}
