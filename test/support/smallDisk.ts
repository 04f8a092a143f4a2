/**
 * Disks that a test may run full or break. A small one is a tmpfs. One that can fail is an ext4 in a sparse file on
 * a small tmpfs: once that has no room for the file's blocks, writes and syncs inside it fail with a real I/O error.
 * Both need leave to mount; where there is none, the reason comes back instead of a disk.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './process.js';

export interface Disk {
  /** An empty folder on the disk. */
  readonly folder: string;
  /** Takes the room away: the small disk is full, the other one fails. */
  spoil(): void;
  /** Gives the room back; on the disk that fails, nothing may be open. */
  mend(): void;
}

type Teardown = { teardown(task: () => void): void };

/** A disk that spoil() fills to the last byte. */
export function smallDisk(t: Teardown, mebibytes: number): Disk | string {
  const mountPoint = join(scratch(t), 'small');
  return mountTmpfs(t, mountPoint, mebibytes) ?? diskOn(mountPoint, mountPoint);
}

/** A disk whose writes fail with I/O errors after spoil(). */
export function failingDisk(t: Teardown, mebibytes: number): Disk | string {
  const base = scratch(t);
  const below = join(base, 'below');
  const refused = mountTmpfs(t, below, mebibytes);
  if (refused !== undefined) return refused;
  const image = join(below, 'image');
  const mountPoint = join(base, 'failing');
  mkdirSync(mountPoint);
  for (const [command, ...args] of [
    ['truncate', '-s', `${2 * mebibytes}m`, image],
    ['mkfs.ext4', '-q', '-F', image],
    ['mount', '-o', 'loop', image, mountPoint],
  ] as const) {
    const fault = system(command, args);
    if (fault !== '') return `no disk that fails: ${fault}`;
  }
  t.teardown(() => void system('umount', ['-l', mountPoint]));
  const disk = diskOn(mountPoint, below);
  return {
    ...disk,
    mend() {
      disk.mend();
      // The file system has gone read-only over its errors: mounted anew, it plays its journal back.
      for (const [command, ...args] of [
        ['umount', mountPoint],
        ['mount', '-o', 'loop', image, mountPoint],
      ] as const) {
        const fault = system(command, args);
        if (fault !== '') throw new Error(`${command}: ${fault}`);
      }
    },
  };
}

function mountTmpfs(t: Teardown, mountPoint: string, mebibytes: number): string | undefined {
  mkdirSync(mountPoint);
  const fault = system('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', mountPoint]);
  if (fault !== '') return `no small disk: ${fault}`;
  t.teardown(() => void system('umount', ['-l', mountPoint]));
  return undefined;
}

function diskOn(mountPoint: string, spoiled: string): Disk {
  const folder = join(mountPoint, 'data');
  mkdirSync(folder, { mode: 0o700 });
  const ballast = join(spoiled, 'ballast');
  return { folder, spoil: () => fillUp(ballast), mend: () => rmSync(ballast) };
}

/** What a command complained of; '' where it went well. */
function system(command: string, args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) return error.message;
  return status === 0 ? '' : stderr.trim().split('\n')[0] || `${command} ended with ${status}`;
}

/** Big pieces first, then the last bytes. */
function fillUp(file: string): void {
  const descriptor = openSync(file, 'a');
  for (const size of [1_048_576, 4_096, 1]) {
    const piece = Buffer.alloc(size, 0x55);
    try {
      while (writeSync(descriptor, piece) === size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(descriptor);
}
