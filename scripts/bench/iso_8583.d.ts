/** The parts of the npm package iso_8583 that the benchmark and the cross-check use; it ships no types. */
declare module 'iso_8583' {
  export interface IsoError {
    error: string;
  }
  export default class Iso8583 {
    constructor(fields?: Record<string, string>, formats?: Record<string, object>);
    getIsoJSON(frame: Buffer, config?: object): Record<string, string>;
    getBufferMessage(): Buffer | IsoError;
    getRawMessage(): Buffer | IsoError;
  }
}
