/** The contract of stock, money, days and the network, on the embedded store in a file. */

import { inAFile } from '../contract/sqlitePlace.js';
import { contract } from '../contract/store.js';

contract('sqlite', inAFile, 'books');
