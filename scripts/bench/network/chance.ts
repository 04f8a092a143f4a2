/** Seeded chance for the simulated network, with the distributions of its customers. */
import { Chance as Uniform } from '../../../src/base/chance.js';

export class Chance extends Uniform {
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Mean 1, `spread` of the logarithm. */
  around1(spread: number): number {
    return Math.exp(spread * this.normal() - spread ** 2 / 2);
  }

  poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.next(); product > limit; product *= this.next()) count += 1;
    return count;
  }
}
