import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface NamedHosts {
  /** What HTTPS_PROXY names. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands for the DNS of a fleet: a proxy that takes a name which an SDK has compiled in to a port
 * here. TLS goes through it untouched, from the SDK to the platform.
 */
export async function namedHosts(portOf: Readonly<Record<string, number>>): Promise<NamedHosts> {
  const server = createServer();
  server.on('connect', ({ url = '' }, socket, head) => {
    const port = portOf[url];
    if (port === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      there.write(head);
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
    return undefined;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
