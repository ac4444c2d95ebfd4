import { Command, type CommandBus } from '@nestjs/cqrs';
import { describe, expect, it } from 'vitest';
import { createCommandGate } from './command-gate.ts';

class Ring extends Command<string> {}

describe('what is sent before there is a command bus', () => {
  it('given the bus is made, then it waits for it and is carried out by it', async () => {
    const gate = createCommandGate();
    const sent = gate.execute(new Ring());
    gate.open({ execute: () => Promise.resolve('rung') } as unknown as CommandBus);
    expect(await sent).toBe('rung');
  });

  it('given the registry ends before, then it is refused, and so is all that comes later', async () => {
    const gate = createCommandGate();
    const sent = gate.execute(new Ring());
    gate.close();
    await expect(sent).rejects.toMatchObject({ code: 'closed' });
    await expect(gate.execute(new Ring())).rejects.toMatchObject({ code: 'closed' });
  });
});
