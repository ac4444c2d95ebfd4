// Registrations straight into the store, faster than the relay can carry them, by a process that
// nobody waits for.
import { appendRegistrations } from '../../e2e/harness/bulk.ts';
import { answerQuestions } from '../parts/answer.ts';

export interface Backlog {
  readonly databaseUrl: string;
  readonly productKey: string;
  readonly count: number;
}

answerQuestions(({ databaseUrl, productKey, count }: Backlog) =>
  appendRegistrations({ databaseUrl, folder: '' }, productKey, count),
);
