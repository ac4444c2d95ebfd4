import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endChild } from '../../stack/processes.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const TYPESCRIPT = ['--conditions=@tallystick/source', '--import', './deploy/ts-hooks.mjs'];
/** Bare kafkajs arms its timers with negative delays, and Node says so. */
const QUIET = ['--disable-warning=TimeoutNegativeWarning', '--disable-warning=ExperimentalWarning'];

/** The reply to one question. */
export type Reply<A> = { readonly answer: A } | { readonly failed: string };

/**
 * A process of the bench's own: a load, a peer or a part of ours that is to be measured alone. It
 * ends with this one.
 */
export interface Child<Q extends object, A> {
  readonly pid: number;
  /** One question at a time. */
  ask(question: Q, withinMs?: number): Promise<A>;
  stop(): Promise<void>;
}

function replyOf<A>(child: ChildProcess, script: string, withinMs: number): Promise<A> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', ended);
      end();
    };
    const fail = (why: string): void => settle(() => reject(new Error(`${script}: ${why}`)));
    const hear = (reply: unknown): void => {
      const heard = reply as Reply<A>;
      if ('failed' in heard) fail(heard.failed);
      else settle(() => resolve(heard.answer));
    };
    const ended = (): void => fail('it has ended');
    const timer = setTimeout(() => fail(`no answer within ${withinMs} ms`), withinMs);
    child.on('message', hear);
    child.on('exit', ended);
  });
}

/** Starts `script` (beside the caller: a file URL), which answers with `answerQuestions`. */
export async function startChild<Q extends object, A>(
  script: URL,
  nodeOptions: readonly string[] = [],
): Promise<Child<Q, A>> {
  const file = fileURLToPath(script);
  const child = spawn(process.execPath, [...nodeOptions, ...QUIET, ...TYPESCRIPT, file], {
    cwd: root,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  await replyOf(child, file, 60_000);
  return {
    pid: child.pid ?? 0,
    ask(question, withinMs = 600_000) {
      const reply = replyOf<A>(child, file, withinMs);
      child.send(question);
      return reply;
    },
    stop: () => endChild(child, 'SIGTERM'),
  };
}
