import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { endChild, until } from '../stack/processes.ts';
import { startByBootstrap, startByNpm, type StartedByNpm } from './harness/npm-start.ts';

describe('an app ends with what started it', () => {
  let started: StartedByNpm | null = null;
  afterEach(async () => {
    if (started !== null) await endChild(started.starter, 'SIGTERM');
    started?.remove();
  });

  async function endsInOrder(app: StartedByNpm): Promise<void> {
    await until('the app has ended', 15_000, () => !app.appRuns());
    expect(app.has('lock')).toBe(false);
    expect(app.has('store.sqlite-wal')).toBe(false);
  }

  it('given SIGTERM is sent to npm alone, within 15 s and in order, although a client holds a call open', async () => {
    const npm = (started = startByNpm());
    await npm.ready();
    const token = npm.file('admin-token');
    const client = connect(npm.port, '127.0.0.1').on('error', () => undefined);
    const head = ['POST /api/v1/products HTTP/1.1', 'host: x', `authorization: Bearer ${token}`];
    client.write(
      [...head, 'content-type: application/json', 'content-length: 9', '', '{'].join('\r\n'),
    );

    npm.starter.kill('SIGTERM');

    await endsInOrder(npm);
  });

  it('given the bootstrap is killed and can tell nobody, within 15 s and in order', async () => {
    const bootstrap = (started = startByBootstrap());
    await bootstrap.ready();

    bootstrap.starter.kill('SIGKILL');

    await endsInOrder(bootstrap);
  });
});
