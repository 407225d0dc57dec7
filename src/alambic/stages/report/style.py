"""How the page looks: light or dark as the reader prefers, on a telephone and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2327; --soft: #5b656d; --line: #dcdcd6; --accent: #0b6aa2;
  --sans: "Inter", "Segoe UI", "Helvetica Neue", system-ui, "DejaVu Sans", sans-serif;
  --serif: "Source Serif 4", "Iowan Old Style", "Charter", Georgia, "DejaVu Serif", serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --card: #1b2024; --ink: #e6e8e9; --soft: #9aa5ad; --line: #343c42; --accent: #6cb8e6;
  }
  svg { filter: brightness(1.3) saturate(0.95); }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 var(--sans); }
main, header, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3.5rem; }
.kicker {
  color: var(--accent); font-size: 0.8rem; font-weight: 600; letter-spacing: 0.08em;
  text-transform: uppercase; margin: 0;
}
h1 { font: 600 clamp(1.8rem, 4.5vw, 2.7rem)/1.15 var(--serif); margin: 0.4rem 0 1rem; text-wrap: balance; }
h2 {
  font: 600 1.45rem/1.25 var(--serif); margin: 3.2rem 0 0.5rem; padding-top: 1.1rem;
  border-top: 1px solid var(--line);
}
h3 { font-size: 1rem; margin: 1.8rem 0 0.3rem; }
p { max-width: 44rem; margin: 0.5rem 0; }
.story { font: 1.12rem/1.65 var(--serif); }
.note { color: var(--soft); font-size: 0.9rem; }
nav { margin: 1.4rem 0 0; font-size: 0.9rem; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
.cards {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 0.9rem;
  margin: 1.8rem 0 0; padding: 0; list-style: none;
}
.cards li {
  background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
  padding: 0.8rem 1rem 0.9rem;
}
.cards b { display: block; font: 600 1.7rem/1.25 var(--serif); font-variant-numeric: tabular-nums; }
.cards span { color: var(--soft); font-size: 0.84rem; line-height: 1.4; display: block; }
.scroll {
  overflow-x: auto; margin: 1rem 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 0.6rem;
}
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
caption {
  text-align: left; color: var(--soft); font-size: 0.86rem; padding: 0.8rem 0.75rem 0; caption-side: top;
}
th, td {
  text-align: left; padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line); vertical-align: baseline;
}
tbody tr:last-child > * { border-bottom: 0; }
thead th {
  font-size: 0.8rem; color: var(--soft); font-weight: 600; line-height: 1.35; vertical-align: bottom;
}
tbody th { font-weight: 600; white-space: nowrap; }
td .interval { display: block; }
.n { text-align: right; white-space: nowrap; }
.best { font-weight: 700; }
.interval { color: var(--soft); font-size: 0.84em; white-space: nowrap; font-weight: 400; }
.dot {
  display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.5em;
  background: var(--of);
}
.tag {
  font-size: 0.72rem; font-weight: 600; border: 1px solid var(--line); border-radius: 1rem;
  padding: 0.05rem 0.55rem; color: var(--soft); white-space: nowrap;
}
.silver { border-style: dashed; }
.row { height: 0.55rem; border-radius: 0.3rem; background: var(--accent); min-width: 2px; }
.bar { width: 30%; min-width: 6rem; }
figure {
  margin: 1.2rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
  padding: 1rem; overflow-x: auto;
}
figure svg { width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: 0.88rem; max-width: 48rem; margin-top: 0.5rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
code { font: 0.86em/1.5 var(--mono); overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: 0.8rem; }
dd { margin: 0.1rem 0 0; }
footer { color: var(--soft); font-size: 0.85rem; padding-top: 3rem; padding-bottom: 3rem; }
@media (max-width: 40rem) { th, td { padding: 0.45rem 0.6rem; } header { padding-top: 2rem; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #000; }
    body { font-size: 10.5pt; } nav { display: none; } svg { filter: none;
    } figure, .scroll, tr { break-inside: avoid; } h2, h3 { break-after: avoid;
    } .scroll, figure { overflow: visible;
  }
}
"""
