/** The contract of transactions, on PostgreSQL. */
import { inADatabase } from '../contract/postgresPlace.js';
import { contract } from '../contract/store.js';

contract('postgres', inADatabase, 'transactions');
