/** Every test of test/conduit. */
import { testsOf } from '../support/folder.js';

await testsOf('conduit');
