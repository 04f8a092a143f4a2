/**
 * A store with one trap: the process kills itself (SIGKILL, no clean-up whatever) just before or just after the verb
 * that CRASH_AT names, such as `before:close` or `after:open`. Before means that the verb never reached the store;
 * after, that it is on disk and nobody has been told. With `full:close` the process lives, and the verb's first call
 * finds the disk full. A third part is what the first argument has to begin with: `before:setSetting:mac.`.
 */
import { StoreFull } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';

const [when = '', verb = '', about = ''] = (process.env.CRASH_AT ?? '').split(':');

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

let full = when === 'full';

export function trapped(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (name !== verb) return call;
      return async (...args: unknown[]) => {
        if (about !== '' && !String(args[0]).startsWith(about)) return call(...args);
        if (when === 'before') return die();
        if (when === 'full') {
          if (!full) return call(...args);
          full = false;
          throw new StoreFull('store: the disk is full');
        }
        await call(...args);
        return die();
      };
    },
  });
}
