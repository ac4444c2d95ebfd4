const LOOK_MS = 20;

/** Calls back once, as soon as it is ready. Keeps no process alive. */
export function whenReady(ready: () => boolean, tell: () => void): void {
  const look = (): void => {
    if (!ready()) return;
    clearInterval(looking);
    tell();
  };
  const looking = setInterval(look, LOOK_MS).unref();
  look();
}
