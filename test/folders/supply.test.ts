/** Every test of test/supply. */
import { testsOf } from '../support/folder.js';

await testsOf('supply');
