/** Short form of the frame fuzzing campaign. The long form: node dist/scripts/campaigns/fuzz-frames.js --frames 10000000. */
import t from 'tap';
import { fuzzFrames } from '../../scripts/campaigns/fuzz-frames.js';

t.test(
  'whatever bytes come over whatever framing, they are read, or refused with a field and an offset',
  async (t) => {
    const seed = Date.now() % 1_000_000;
    const { fault, read, refused, cutOff, fields } = fuzzFrames(20_000, seed);
    t.equal(fault, undefined, `seed ${seed}`);
    t.ok(
      read > 1_000 && refused > 1_000 && cutOff > 100,
      `${read} read, ${refused} refused, ${cutOff} cut off`,
    );
    t.ok(fields > 50, `${fields} different fields were named`);
  },
);
