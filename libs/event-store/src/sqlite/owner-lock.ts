import Database from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

/**
 * Keeps the connections of held locks: if the garbage collector took one, its lock would be
 * released.
 */
const held = new Set<Database.Database>();

/**
 * Locks a file, which is made where it is absent and whose content is of no use: answers what gives
 * the lock back, or null while another holds it. The lock is the operating system's own, by SQLite:
 * it is gone with its process, however that ends, also while nobody has taken note of the end (a
 * zombie). Throws the system's error where the file cannot be made or locked.
 */
export function takeFileLock(file: string): (() => void) | null {
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    held.add(lock);
    return () => {
      held.delete(lock);
      lock.close();
    };
  } catch (error) {
    lock.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

/**
 * Only one process may own a store's file. SQLite would let two processes write alternately, and
 * neither would know what the other holds in memory.
 */
export function takeOwnership(file: string): () => void {
  let release: (() => void) | null;
  try {
    release = takeFileLock(`${file}-owner`);
  } catch (cause) {
    throw new PortError('misconfigured', `${file}-owner cannot be locked`, { cause });
  }
  if (release !== null) return release;
  const message = `another process has ${file} open: one process owns a SQLite store`;
  throw new PortError('misconfigured', message);
}
