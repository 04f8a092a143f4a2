/** Every test of test/capture. */
import { testsOf } from '../support/folder.js';

await testsOf('capture');
