/** The hub's configuration, from a file as configFile.ts has it. */
import type { z } from 'zod';
import type { CatalogueDocument } from '../catalogue/schema.js';
import { readConfigFile } from '../configFile.js';
import { hubSchema } from './schema.js';

export type HubConfig = Omit<z.output<typeof hubSchema>, 'catalogue'> & {
  readonly catalogue: CatalogueDocument;
};

/** Throws ConfigError: file, path, what is allowed. */
export function readHubConfig(file: string, environment: NodeJS.ProcessEnv): HubConfig {
  return readConfigFile(hubSchema, file, environment, ({ suppliers }) => suppliers);
}
