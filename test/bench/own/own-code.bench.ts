import { figureOf, type MeasuredFigure } from '../figure.ts';
import { startChild } from '../parts/child.ts';
import type { Bench, World } from '../world.ts';
import type { OwnCodeLoad, OwnCodeMeasured } from './own-code.types.ts';

const HMAC = 'own HMAC of a log-in';
const PRODUCE = 'own Produce request, a record';

/** What pays for code of our own where a library has the same. */
async function run({ scope, sizes, say }: World): Promise<readonly MeasuredFigure[]> {
  const child = scope.keep(
    await startChild<OwnCodeLoad, OwnCodeMeasured>(new URL('own-code.child.ts', import.meta.url)),
  );
  say('own code beside the library it stands in for');
  const measured = await child.ask({
    rounds: sizes.of(5, 3),
    proofs: sizes.of(50_000, 5_000),
    sends: sizes.of(100, 20),
  });
  await child.stop();
  const aim = { of: 'ratio', is: 'at most', than: 0.8 } as const;
  return [
    figureOf({
      ...{ name: HMAC, unit: 'us', rounds: measured.hmac.ours, aim },
      peer: { name: 'createHmac of Node', rounds: measured.hmac.peer },
      boundBy: 'two one-shot hashes of OpenSSL',
      note: 'CPU of one SHA-256 proof over 80 characters',
    }),
    figureOf({
      ...{ name: PRODUCE, unit: 'us', rounds: measured.produce.ours, aim },
      peer: { name: 'the encoder of kafkajs', rounds: measured.produce.peer },
      boundBy: 'writing text and the checksum',
      note: 'CPU of a record of 200 bytes with three headers, in requests of 500',
    }),
  ];
}

export const ownCodeBench: Bench = { id: 'own', names: [HMAC, PRODUCE], run };
