// One install at a time in one folder. The lock is a listening socket on the loopback address: the
// system frees it when its process ends, however that ends, also while nobody has taken note of the
// end. It uses nothing but Node.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';
/** Below the ports that systems give to clients. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** Another program may listen on a port of ours: then the next one is tried. */
const CANDIDATES = 8;
/** A process that has not answered by then is no installer. */
const ANSWER_MS = 5_000;

/** What a holder says to whoever connects. */
const greeting = (folder) => `tallystick install ${folder}\n`;

/** The ports that stand for a folder, in the order in which they are tried. */
export function lockPorts(folder) {
  const hash = createHash('sha256').update(folder).digest();
  return Array.from(
    { length: CANDIDATES },
    (_, index) => FIRST_PORT + (hash.readUInt16BE(index * 2) % PORTS),
  );
}

async function listen(port, folder) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(greeting(folder));
  });
  server.listen({ port, host: HOST, exclusive: true });
  try {
    await once(server, 'listening');
    return server.unref();
  } catch (error) {
    // Windows reserves ranges of ports: EACCES.
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return null;
    throw error;
  }
}

/** Whether an installer of this folder listens there. */
function isHeld(port, folder) {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, HOST);
    const end = (held) => {
      socket.destroy();
      resolve(held);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(said === greeting(folder)));
    socket.on('data', (chunk) => {
      said += chunk;
      if (said.length >= greeting(folder).length) end(said === greeting(folder));
    });
  });
}

async function listenOnFirstFree(ports, folder) {
  for (const port of ports) {
    const server = await listen(port, folder);
    if (server !== null) return { port, server };
    if (await isHeld(port, folder)) return null;
  }
  throw new Error(`no port of ${ports.join(', ')} is free on ${HOST}`);
}

/** Resolves to what gives the lock back, or to null while another process holds it. */
export async function takeInstallLock(folder) {
  const ports = lockPorts(folder);
  const taken = await listenOnFirstFree(ports, folder);
  if (taken === null) return null;
  const { port, server } = taken;
  // The holder may have found another program on a port that is free by now, and listen on a later
  // one.
  const others = ports.filter((other) => other !== port);
  const held = await Promise.all(others.map((other) => isHeld(other, folder)));
  if (!held.includes(true)) return () => server.close();
  server.close();
  return null;
}
