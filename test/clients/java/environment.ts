import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchMavenJars, jarsFolder } from '../../stack/maven-jars.ts';
import { MissingPart } from '../../stack/missing-part.ts';
import { runToEnd } from '../../stack/processes.ts';
import { lookedForOnce } from '../looked-for-once.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const PART = 'Java SDK';
const NAME = 'huawei-sdk-1.2.0';
/** Without UTF-8 Java finds nothing below a folder with a letter beyond ASCII. */
export const JAVA_SETTINGS = { LC_ALL: 'C.UTF-8' };

/** The folder of the script's classes: compiled once, as that costs more than its whole run. */
function compiled(jars: string): string {
  const source = join(here, 'HuaweiDevice.java');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = jarsFolder(`huawei-device-${hash}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  const args = ['-cp', jars, '-d', draft, source];
  const { status, output } = runToEnd('javac', args, 120_000, JAVA_SETTINGS);
  if (status === 127)
    throw new MissingPart(PART, 'there is no Java compiler (Debian: default-jdk-headless)');
  if (status !== 0) throw new Error(output);
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function prepare(): readonly string[] {
  fetchMavenJars({ part: PART, because: '', pom: join(here, 'pom.xml'), name: NAME });
  const jars = join(jarsFolder(NAME), '*');
  const path = [compiled(jars), jars].join(delimiter);
  return ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', path, 'HuaweiDevice'];
}

/**
 * What java is started with to be a device on the SDK, which is fetched once per machine (about
 * 10 s). Throws {@link MissingPart} where the machine lacks something; that is looked for once.
 */
export const huaweiDevice = lookedForOnce(prepare);
