import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Source } from './measure.ts';

const ours = (path: string): boolean => /^(apps|libs|test)\/.*\.ts$/.test(path);

const git = (words: readonly string[], input?: string): string =>
  execFileSync('git', words, { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });

/** TypeScript of the work tree: what is committed or about to be. */
export function sourcesOfTree(): readonly Source[] {
  const named = git(['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  const gone = new Set(git(['ls-files', '--deleted']).split('\n'));
  const paths = named.split('\n').filter((path) => ours(path) && !gone.has(path));
  return paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** TypeScript as it was at a commit. */
export function sourcesAt(commit: string): readonly Source[] {
  const paths = git(['ls-tree', '-r', '--name-only', commit]).split('\n').filter(ours);
  return paths.map((path) => ({ path, text: git(['show', `${commit}:${path}`]) }));
}
