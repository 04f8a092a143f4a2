/** What must be so at a member switch. As audit.ts has its own: how many, and the first one's id. Elsewhere there are no such rows. */

const FIRST = '(SELECT enrolment << 32 FROM membership)';

export const MEMBER_CHECKS: readonly (readonly [string, string])[] = [
  [
    'PIN for sale that came in an enrolment that has ended',
    `SELECT count(*), min(id) FROM pin WHERE custody = 'stock' AND transfer > 0 AND transfer < ${FIRST}`,
  ],
  [
    'PIN by a transfer that has not been applied',
    `SELECT count(*), min(id) FROM pin WHERE transfer > ${FIRST} + (SELECT transfer FROM membership)`,
  ],
  [
    'PIN that is not where its last change says',
    `SELECT count(*), min(pin) FROM
     (SELECT pin, custody AS told FROM network_change
       WHERE id IN (SELECT max(id) FROM network_change WHERE pin <> 0 GROUP BY pin)) AS change
     LEFT JOIN pin ON pin.id = change.pin WHERE pin.id IS NULL OR pin.custody <> told`,
  ],
];
