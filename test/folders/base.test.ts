/** Every test of test/base. */
import { testsOf } from '../support/folder.js';

await testsOf('base');
