/** Every test of test/switch. */
import { testsOf } from '../support/folder.js';

await testsOf('switch');
