/** T7: journeys on PostgreSQL, with suppliers, and ends of days: see postgres.test.ts. */
process.env.STORE = 'postgres';

for (const journey of ['credit', 'endOfDay']) await import(`./${journey}.test.js`);
