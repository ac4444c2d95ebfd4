import type { MeasuredFigure } from '../figure.ts';
import type { Bench, World } from '../world.ts';
import { keepBacklog } from './backlog.ts';
import { latencyFigures } from './latencies.ts';
import { FLOOR, noteOf, P99_AIM, prepare, sample } from './revocations.ts';

const LOADED = { p50: 'revoke to cut p50', p99: 'revoke to cut p99' };
const IDLE = { p50: 'revoke to cut p50 idle', p99: 'revoke to cut p99 idle' };
async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { scope, sizes, say } = world;
  const samples = sizes.of(200, 20);
  const backlog = sizes.of(100_000, 10_000);
  const bed = await prepare(world, 2 * samples);
  say(`${samples} revocations of connected devices, idle`);
  const idle = await sample(bed, 0, samples, async () => undefined);
  say(`${samples} revocations while ${backlog} registrations are relayed`);
  const backlogs = await keepBacklog(scope, bed.platform, backlog);
  const whileRelaying = async (): Promise<void> => {
    while (!(await backlogs.underWay()));
  };
  const loaded = await sample(bed, samples, samples, whileRelaying);
  const text = {
    ...{ floor: FLOOR, p99Aim: P99_AIM },
    boundBy: "the fast lane's transaction, and the cores it shares with everything else",
  };
  const load = `while ${backlogs.appended()} registrations are relayed, ${backlog} at a time`;
  return [
    ...latencyFigures(LOADED, loaded, { ...text, note: noteOf(loaded, load) }),
    ...latencyFigures(IDLE, idle, { ...text, note: noteOf(idle, 'nothing else under way') }),
  ];
}

export const revokeBench: Bench = {
  id: 'revoke',
  names: [...Object.values(LOADED), ...Object.values(IDLE)],
  run,
};
