/** Why the hub refuses a call, with the status that says so. Texts are one line, and hold nothing secret. */
import { SafeError } from '../../base/errors.js';
import type { NetworkSwitch } from '../../store/store.js';

export interface RefusalTexts {
  /** One word, for programs. */
  readonly error: string;
  readonly detail: string;
  /** The switch must stop selling, and be enrolled anew. */
  readonly fatal?: boolean;
}

export class HubRefusal extends SafeError {
  override name = 'HubRefusal';
  readonly status: number;
  readonly error: string;
  readonly fatal: boolean;

  constructor(status: number, { error, detail, fatal = false }: RefusalTexts) {
    super(detail);
    this.status = status;
    this.error = error;
    this.fatal = fatal;
  }
}

/** Why this switch, of that epoch, is not served; undefined where it is. All of these are fatal. */
export function refusalOf(
  { name, state, epoch, why }: NetworkSwitch,
  claimed: number,
): HubRefusal | undefined {
  const fatal = (error: string, detail: string) => new HubRefusal(403, { error, detail, fatal: true });
  if (state !== 'active') return fatal('retired', `${name} was retired${why === '' ? '' : `: ${why}`}`);
  if (why !== '') return fatal('refused', `${name} is refused until it is enrolled anew: ${why}`);
  if (epoch !== claimed) {
    return fatal('epoch', `${name} was enrolled anew: this is epoch ${claimed}, expected ${epoch}`);
  }
  return undefined;
}
