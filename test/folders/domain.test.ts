/** Every test of test/domain. */
import { testsOf } from '../support/folder.js';

await testsOf('domain');
