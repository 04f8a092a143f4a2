/**
 * ISO 8583 messages by formats that are data, usable alone as `prepaid-switch/iso8583`.
 *
 *     import { loadFormat } from 'prepaid-switch/iso8583';
 *     const codec = loadFormat('iso87-ascii');
 *     const request = codec.parse(frame);          // frame: one message without its length header
 *     request.mti;                                 // '0200'
 *     request.text(4);                             // '000000001000'
 *     request.text('48.PR');                       // 'TALK10'
 *     const answer = codec.respond(request, '0210', [3, 4, 7, 11, 12, 13, 41, 42], { 39: '00' });
 *     console.table(codec.describe(request));      // masked
 *
 * Formats are in specs/formats; specs/formats/README.md tells how to write one.
 */
export { compile, loadFormat, shippedFormats } from './compile.js';
export { FormatError, Iso8583Error } from './errors.js';
export type { Codec, FieldList, FieldRow, Fields, FieldValue, Message, TlvEntry } from './types.js';
