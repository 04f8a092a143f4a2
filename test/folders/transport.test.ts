/** Every test of test/transport. */
import { testsOf } from '../support/folder.js';

await testsOf('transport');
