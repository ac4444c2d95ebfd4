/** Whether another process has this id. One's own is that of a process before a restart: ids come again. */
export function isRunning(pid) {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
