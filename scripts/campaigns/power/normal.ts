/** The switch with its database at synchronous=NORMAL, whatever it asks for: so that the checker has something to find. */
import { packageRoot } from '../../../src/base/root.js';

process.env.NODE_OPTIONS = `--import=${new URL('./normalPragma.js', import.meta.url).href}`;
await import(`file://${packageRoot()}/dist/src/cli/main.js`);
