/** Whether a process runs. One that has ended and that nobody has waited for does not. */
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: "pid (name) state"
    return !/\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
