import { writeFileSync } from 'node:fs';
import { MissingPart } from '../stack/missing-part.ts';
import { activationBench } from './activation/activation.bench.ts';
import { connectBench } from './connect/connect.bench.ts';
import type { MeasuredFigure } from './figure.ts';
import { fleetBench } from './fleet/fleet.bench.ts';
import { httpBench } from './http/http.bench.ts';
import { importBench } from './import/import.bench.ts';
import { revokeUnderImportBench } from './import/revoke-under-import.bench.ts';
import { presenceBench } from './latency/presence.bench.ts';
import { revokeBench } from './latency/revoke.bench.ts';
import { memoryBench } from './memory/memory.bench.ts';
import { ownCodeBench } from './own/own-code.bench.ts';
import { parseOptions, USAGE, type Options } from './options.ts';
import { relayBench } from './relay/relay.bench.ts';
import { toJson, toMarkdown } from './report.ts';
import { BenchWorld } from './world.ts';

const BENCHES = [
  httpBench,
  importBench,
  fleetBench,
  revokeUnderImportBench,
  relayBench,
  connectBench,
  activationBench,
  revokeBench,
  presenceBench,
  memoryBench,
  ownCodeBench,
];

function options(): Options {
  try {
    return parseOptions(process.argv.slice(2), BENCHES);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return process.exit(2);
  }
}

/** For what is just starting to come up and be stopped. */
const GRACE_MS = 60_000;

const { json, quick, benches, wanted } = options();
const world = new BenchWorld(quick);
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping = true;
    void world.close();
    setTimeout(() => process.exit(130), GRACE_MS).unref();
  });
}

const figures: MeasuredFigure[] = [];
let failures = 0;
for (const bench of benches) {
  if (stopping) break;
  try {
    const measured = await world.run(bench);
    figures.push(...measured.filter(({ name }) => wanted.has(name)));
  } catch (error) {
    failures += 1;
    if (stopping) break;
    const why = error instanceof MissingPart ? error.message : error;
    process.stderr.write(`${bench.id}: not measured: ${String(why)}\n`);
  }
}
await world.close();
if (stopping) process.exit(130);
process.stdout.write(toMarkdown(figures, quick));
if (json !== null) writeFileSync(json, toJson(figures));
// A missed aim is a result; a figure that could not be measured is a failure.
process.exit(failures === 0 ? 0 : 1);
