import type { Reply } from './child.ts';

/** A child's side: answers one question after another, and ends with its parent. */
export function answerQuestions<Q extends object, A>(answer: (question: Q) => Promise<A>): void {
  const reply = (said: Reply<A | null>): void => void process.send?.(said);
  process.on('message', (question) => {
    answer(question as Q).then(
      (given) => reply({ answer: given }),
      (error: unknown) => reply({ failed: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  reply({ answer: null });
}
