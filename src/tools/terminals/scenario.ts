/** Scenarios by name or file, and what a run changes of one. Maximum: a file of FILE_BYTES_MAX. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SafeError } from '../../base/errors.js';
import { packageRoot } from '../../base/root.js';
import { checked, faultLine } from '../../base/schema.js';
import { type Scenario, scenarioSchema } from './schema.js';

const FILE_BYTES_MAX = 1_048_576;

/** What a run sets in place of the scenario's own. */
export interface Changes {
  readonly seconds?: number;
  /** Customers a second where the shape is 1. */
  readonly perSecond?: number;
  readonly tills?: number;
  readonly terminals?: readonly string[];
  readonly merchant?: string;
  readonly acquirer?: string;
}

export function shippedScenarios(): readonly string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Throws SafeError with file and path of the first fault. */
export function loadScenario(nameOrFile: string, changes: Changes = {}): Scenario {
  const file = /\.ya?ml$|\.json$/.test(nameOrFile) ? nameOrFile : join(folder(), `${nameOrFile}.yaml`);
  if (!existsSync(file)) {
    throw new SafeError(
      `${nameOrFile}: no such scenario; must be a file or one of ${shippedScenarios().join(', ')}`,
    );
  }
  if (statSync(file).size > FILE_BYTES_MAX) throw new SafeError(`${file}: over ${FILE_BYTES_MAX} bytes`);
  const result = checked(scenarioSchema, documentOf(file));
  if (!result.ok) throw new SafeError(`${file}: ${faultLine(result)}`);
  return changed(result.value, changes);
}

function documentOf(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const at = (cause as { linePos?: readonly { line: number }[] }).linePos?.[0];
    throw new SafeError(`${file}: not YAML${at ? ` in line ${at.line}` : ''}`, { cause });
  }
}

function changed(scenario: Scenario, changes: Changes): Scenario {
  const { seconds, perSecond, tills, terminals, merchant, acquirer } = changes;
  const shops = scenario.shops.map((shop) => ({
    merchant: merchant ?? shop.merchant,
    acquirer: acquirer ?? shop.acquirer,
    terminals: terminals ? [...terminals] : shop.terminals,
    tills: tills ?? shop.tills,
  }));
  const { arrivals } = scenario;
  return {
    ...scenario,
    shops,
    seconds: seconds ?? scenario.seconds,
    arrivals: { ...arrivals, perSecond: perSecond ?? arrivals.perSecond },
  };
}

function folder(): string {
  return join(packageRoot(), 'specs', 'scenarios');
}
