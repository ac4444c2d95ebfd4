import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchMavenJars, jarsFolder } from '../../stack/maven-jars.ts';
import { MissingPart } from '../../stack/missing-part.ts';
import { runToEnd } from '../../stack/processes.ts';

const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
const PART = 'Java SDK';
const NAME = 'huawei-sdk-1.2.0';

/**
 * What java is started with to have the SDK, fetched once per machine (about 10 s). Throws
 * {@link MissingPart} where the machine lacks something.
 */
export function javaWithSdk(): readonly string[] {
  fetchMavenJars({ part: PART, because: '', pom, name: NAME });
  // The script is run from its source.
  if (!/^jdk\.compiler@/m.test(runToEnd('java', ['--list-modules'], 30_000).stdout))
    throw new MissingPart(PART, 'there is no Java compiler (Debian: default-jdk-headless)');
  return ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', join(jarsFolder(NAME), '*')];
}
