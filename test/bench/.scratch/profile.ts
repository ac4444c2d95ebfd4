import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BenchWorld } from '../world.ts';
import { startChild } from '../parts/child.ts';
import { startServers } from '../connect/servers.ts';
import { cpuMicroseconds } from '../parts/cpu.ts';

const world = new BenchWorld(true);
const count = Number(process.argv[2] ?? 2000);
await world.run({
  id: 'prof',
  names: [],
  run: async (w) => {
    const generator = w.scope.keep(
      await startChild<any, any>(new URL('../connect/connect-load.child.ts', import.meta.url)),
    );
    const devices = { productKey: 'bench_mqtt', prefix: 'm', count };
    const s = await startServers(w, devices, generator);
    process.kill(s.gateway.pid, 'SIGUSR1');
    await new Promise((r) => setTimeout(r, 1000));
    const list = (await (await fetch('http://127.0.0.1:9229/json')).json()) as any;
    const ws = new WebSocket(list[0].webSocketDebuggerUrl);
    await new Promise((r) => ws.addEventListener('open', r));
    let id = 0;
    const waits = new Map<number, (v: any) => void>();
    ws.addEventListener('message', (m) => {
      const d = JSON.parse(String(m.data));
      waits.get(d.id)?.(d.result);
    });
    const call = (method: string, params = {}) =>
      new Promise<any>((r) => {
        waits.set(++id, r);
        ws.send(JSON.stringify({ id, method, params }));
      });
    await call('Profiler.enable');
    await call('Profiler.setSamplingInterval', { interval: 200 });
    const load = (wrong: boolean) => ({
      port: s.gateway.port,
      devices,
      wrong,
      connections: 10000,
      inFlight: 64,
    });
    const threads = () =>
      Object.fromEntries(
        readdirSync(`/proc/${s.gateway.pid}/task`).map((t) => {
          const st = readFileSync(`/proc/${s.gateway.pid}/task/${t}/stat`, 'latin1');
          const f = st.slice(st.lastIndexOf(')') + 2).split(' ');
          return [
            t + ' ' + st.slice(st.indexOf('('), st.lastIndexOf(')') + 1),
            [Number(f[11]), Number(f[12])],
          ];
        }),
      );
    for (const wrong of [false, true, false, true]) {
      const tb = threads();
      await generator.ask(load(wrong));
      const b = cpuMicroseconds(s.gateway.pid);
      await generator.ask(load(wrong));
      console.log(
        wrong ? 'refused' : 'accepted',
        (cpuMicroseconds(s.gateway.pid) - b) / 10000,
        'us unprofiled',
      );
      for (const [k, [u, y]] of Object.entries(threads()) as any) {
        const [u0, y0] = (tb as any)[k] ?? [0, 0];
        if (u - u0 + y - y0 > 2) console.log('   ', k, 'user', u - u0, 'sys', y - y0);
      }
      await call('Profiler.start');
      const b2 = cpuMicroseconds(s.gateway.pid);
      const l = await generator.ask(load(wrong));
      console.log('profiled', (cpuMicroseconds(s.gateway.pid) - b2) / 10000, JSON.stringify(l));
      const { profile } = await call('Profiler.stop');
      writeFileSync(
        `/tmp/prof-${wrong ? 'refused' : 'accepted'}.cpuprofile`,
        JSON.stringify(profile),
      );
    }
    ws.close();
    return [];
  },
});
await world.close();
process.exit(0);
