/** Every test of test/iso8583. */
import { testsOf } from '../support/folder.js';

await testsOf('iso8583');
