import { onTestFinished, type TestContext } from 'vitest';
import { MissingPart } from '../stack/missing-part.ts';
import { commandMissing } from '../e2e/harness/commands.ts';
import { scriptAt, startClient, type Client } from './client-process.ts';
import { huaweiDevice, JAVA_SETTINGS } from './java/environment.ts';
import { pythonWithSdks } from './python/environment.ts';
import type { World } from './world.ts';

type Settings = Readonly<Record<string, string>>;

/** The client does not outlive its test. */
function bounded(client: Client): Client {
  onTestFinished(() => client.stop());
  return client;
}

/** What the machine lacks is said by name, and with CI=true it fails. */
function foundOrSkipped<T>(context: TestContext, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof MissingPart && !process.env['CI']) context.skip(error.message);
    throw error;
  }
}

/** A script of test/clients/python, with what it shall use. */
export function startPython(
  context: TestContext,
  script: 'linkkit_device' | 'enos_device' | 'paho_device',
  given: object,
  settings: Settings = {},
): Client {
  const file = scriptAt(`python/${script}.py`);
  const python = foundOrSkipped(context, pythonWithSdks);
  return bounded(startClient(python, [file], { given, settings }));
}

/** Huawei's SDK for Java, with what it shall use. */
export function startHuaweiSdk(context: TestContext, given: object): Client {
  const words = foundOrSkipped(context, huaweiDevice);
  return bounded(startClient('java', words, { given, settings: JAVA_SETTINGS }));
}

/** The Alibaba SDK for Node.js, which trusts the platform's root certificate. */
export function startAlibabaNodeSdk(world: World, given: object): Client {
  const settings = { NODE_EXTRA_CA_CERTS: world.root };
  const file = scriptAt('node/alibaba-sdk.child.ts');
  return bounded(startClient(process.execPath, [file], { given, settings }));
}

/** One of the Mosquitto clients. */
export function startMosquitto(
  context: TestContext,
  command: 'mosquitto_pub' | 'mosquitto_sub' | 'mosquitto_rr',
  words: readonly string[],
): Client {
  const missing = commandMissing(command, 'mosquitto-clients');
  if (missing) context.skip(missing);
  return bounded(startClient(command, words));
}

/** A line with mosquitto_pub, pasted into a shell. */
export function startPasted(context: TestContext, line: string): Client {
  const missing = commandMissing('mosquitto_pub', 'mosquitto-clients');
  if (missing) context.skip(missing);
  return bounded(startClient('sh', ['-c', line]));
}

/** What the Mosquitto clients end with on CONNACK 3, which says: try again. */
const TRY_AGAIN = 3;

/** How a client ended that tries again as long as the platform asks it to. */
export async function endedUnrefused(
  start: () => Client,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const end = Date.now() + 30_000;
  for (;;) {
    const client = start();
    const code = await client.end();
    if (code !== TRY_AGAIN || Date.now() > end) return { code, output: client.output() };
  }
}
