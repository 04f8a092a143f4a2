/**
 * T7: journeys on PostgreSQL, from stock; those with suppliers and with days are in postgresDays.test.ts. All others likewise
 * by STORE=postgres (those that copy a database file say that they are skipped there).
 */
process.env.STORE = 'postgres';

for (const journey of ['sale', 'reversal']) await import(`./${journey}.test.js`);
