import { invalidField } from '../http/problem.ts';
import type { Page } from './messages.ts';

/** A list whose cursor is none of ours is no list. */
export function pageOf<T>(page: Page<T> | null): Page<T> {
  if (page === null) throw invalidField('cursor', 'not a cursor of this list');
  return page;
}
