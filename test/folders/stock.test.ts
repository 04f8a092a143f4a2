/** Every test of test/stock. */
import { testsOf } from '../support/folder.js';

await testsOf('stock');
