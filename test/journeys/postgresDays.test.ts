/** T7: journeys on PostgreSQL, with suppliers, several items at once, and ends of days: see postgres.test.ts. */
process.env.STORE = 'postgres';

for (const journey of ['credit', 'batches', 'endOfDay']) await import(`./${journey}.test.js`);
