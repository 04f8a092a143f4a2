/**
 * T7: journeys on PostgreSQL: those that go through every kind of commit. All others likewise by STORE=postgres (those that
 * copy a database file say that they are skipped there).
 */
process.env.STORE = 'postgres';

for (const journey of ['sale', 'reversal', 'ledger']) await import(`./${journey}.test.js`);
