/** Every test of test/app. */
import { testsOf } from '../support/folder.js';

await testsOf('app');
