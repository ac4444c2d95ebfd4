import Database from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';

/**
 * One process owns the file. The lock is the operating system's, on a file beside it, so that it is gone with its process,
 * however that ends; SQLite itself would let two processes write in turn, each blind to what the other has in memory.
 */
export function takeOwnership(file: string): () => void {
  const lock = new Database(`${file}-owner`, { timeout: 0 });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    const message = `another process has ${file} open: one process owns a SQLite store`;
    throw new PortError('misconfigured', message, { cause });
  }
  return () => lock.close();
}
