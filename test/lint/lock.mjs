// Two things that npm lets pass: a lock file which `npm ci` on another platform refuses (an
// optional platform package that was dropped while locking), and a licence that does not go with
// ours in what an installation runs.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
const entries = Object.entries(lock.packages);
const problems = [];

function resolves(from, name) {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === '') return false;
    if (!folder.includes('/node_modules/')) folder = '/node_modules/';
  }
}

for (const [path, entry] of entries)
  for (const name of Object.keys(entry.optionalDependencies ?? {}))
    if (!resolves(path, name))
      problems.push(`${path || 'the root'}: optional ${name} is not in the lock file`);

const FINE =
  /^(MIT|MIT-0|Apache-2\.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0|PostgreSQL|\(.*(MIT|Apache-2\.0|BSD-3-Clause|ISC).*\))$/;
for (const [path, entry] of entries) {
  if (!path.includes('node_modules/') || entry.link || entry.dev || entry.devOptional) continue;
  if (!FINE.test(entry.license ?? 'none stated'))
    problems.push(`${path}: licence ${entry.license ?? 'none stated'}`);
}
for (const [path, entry] of entries)
  if (entry.resolved?.startsWith('http'))
    problems.push(`${path}: the lock file names a registry's address`);

for (const problem of problems) console.log(problem);
console.log(`${entries.length} entries in the lock file, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
