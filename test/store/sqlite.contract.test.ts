/** The contract of transactions, on the embedded store in a file. */

import { inAFile } from '../contract/sqlitePlace.js';
import { contract } from '../contract/store.js';

contract('sqlite', inAFile, 'transactions');
