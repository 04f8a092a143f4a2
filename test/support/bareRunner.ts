/**
 * Loaded first in each test file (.taprc, by NODE_OPTIONS). The runner watches which modules are loaded, for coverage
 * and `--changed`, by hooks in a thread of their own: half a second of CPU a test file, and through NODE_OPTIONS again
 * in every worker thread that a store starts. Neither is used here, so no hook is set and no thread is told of it.
 */
import Module from 'node:module';

Object.assign(Module, { register: () => {} });
delete process.env.NODE_OPTIONS;
