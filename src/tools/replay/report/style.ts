/** The look of the report's page: the reader's own fonts, light or dark as the reader's system is. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fcfcfb; --panel: #ffffff; --ink: #1c1d1f; --quiet: #5d6167; --line: #d9dbde;
  --good: #1a7f37; --bad: #b3261e; --live: #0b62c4; --captured: #a15c00;
  --before: #fbd5d0; --after: #c9e9d2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141517; --panel: #1d1f22; --ink: #e8e9eb; --quiet: #a2a7ae; --line: #383b40;
    --good: #5fd07f; --bad: #ff8a80; --live: #74b3ff; --captured: #f0b45b;
    --before: #642a26; --after: #1d4d32;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 .6rem; }
p { margin: .25rem 0; }
.quiet { color: var(--quiet); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.verdict { font-size: 1.1rem; font-weight: 600; }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.counts div { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.counts b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; background: var(--panel); }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--quiet); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .92em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
td.before mark { background: var(--before); }
td.after mark { background: var(--after); }
table.values { table-layout: fixed; }
.values th.field { width: 28%; }
.values th.n { width: 6rem; }
mark { color: inherit; border-radius: .15rem; }
.scroll { overflow-x: auto; }
details { border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); margin: .4rem 0; }
summary { padding: .45rem .8rem; cursor: pointer; overflow-wrap: anywhere; }
details table { border-width: 0; }
details .inside { padding: 0 .8rem .8rem; }
svg { width: 100%; height: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { fill: var(--quiet); font: 12px system-ui, sans-serif; }
svg .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
svg .live, .key .live { stroke: var(--live); }
svg .captured { stroke: var(--captured); stroke-dasharray: 7 4; }
.key span { margin-right: 1.5rem; }
.key i { display: inline-block; width: 2rem; border-top: 3px solid var(--live); vertical-align: middle; margin-right: .4rem; }
.key i.captured { border-top: 3px dashed var(--captured); }
@media print { details { break-inside: avoid; } }
`;
