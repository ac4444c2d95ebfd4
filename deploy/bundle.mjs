// Bundles one app into one file: the workspace's source goes in, npm packages stay out.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { isRunning } from './is-running.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const externalPackages = {
  name: 'external-packages',
  setup(setup) {
    setup.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const ours = kind === 'entry-point' || path.startsWith('@tallystick/');
      return ours ? undefined : { path, external: true };
    });
  },
};

/** A bundle belongs to the process that made it, for several may start at once: those of dead ones are swept away. */
function sweep(dist) {
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) {
    const owner = /^bundle-(\d+)$/.exec(name)?.[1];
    if (owner && !isRunning(Number(owner)))
      rmSync(`${dist}/${name}`, { recursive: true, force: true });
  }
}

/** Resolves to the bundle's absolute path. Dynamic imports stay separate chunks, so that an unused driver is never loaded. */
export async function bundle(app) {
  sweep(`${root}apps/${app}/dist`);
  const outdir = `${root}apps/${app}/dist/bundle-${process.pid}`;
  mkdirSync(outdir, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [`apps/${app}/src/main.ts`],
    outdir,
    outExtension: { '.js': '.mjs' },
    tsconfig: `apps/${app}/tsconfig.json`,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: true,
    logLevel: 'warning',
    conditions: ['@tallystick/source'],
    plugins: [externalPackages],
  });
  // The app lives on in this process; esbuild's own process need not.
  await stop();
  return `${outdir}/main.mjs`;
}
