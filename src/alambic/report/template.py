"""The page, as a jinja2 template: a string of this module, so that editing it is a change of the stage's code."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #fdfdfb; --card: #ffffff; --line: #dfe3e8;
  --accent: #0072b2; --good: #00795c; --bad: #b3470a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --paper: #14181e; --card: #1b2129;
  --line: #323b47; --accent: #56b4e9; --good: #4fd1a5; --bad: #f0955c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .5rem 0; }
.lead { font-size: 1.1rem; color: var(--soft); }
.note { color: var(--soft); font-size: .9rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.fact { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.fact b { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.fact span { color: var(--soft); font-size: .88rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .88rem; padding-bottom: .35rem; }
th, td { padding: .42rem .7rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
td.words, th.words { text-align: left; }
thead th { font-weight: 600; border-bottom: 2px solid var(--line); white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 600; white-space: nowrap; }
.low { display: block; color: var(--soft); font-size: .8rem; white-space: nowrap; }
.best { font-weight: 700; }
.kind { color: var(--soft); font-weight: 400; font-size: .85rem; }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .45em; }
.better { color: var(--good); } .worse { color: var(--bad); }
.silver { border: 1px solid var(--line); border-radius: 1em; padding: 0 .5em; font-size: .75rem; color: var(--soft);
  font-weight: 400; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { width: 100%; height: auto; max-width: 64rem; }
figcaption { color: var(--soft); font-size: .88rem; max-width: 46rem; }
details { margin: .75rem 0; border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1rem; background: var(--card); }
summary { cursor: pointer; font-weight: 600; }
code { font-size: .85em; overflow-wrap: anywhere; }
@media print { body { background: #fff; font-size: 11pt; } main { max-width: none; padding: 0; } details { border: 0; }
  h2, figure, table { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{% if description %}<p class="lead">{{ description }}</p>{% endif %}
<p class="note">Experiment <code>{{ experiment }}</code>. Intervals: {{ '%g'|format(confidence * 100) }} %, bootstrap over
test examples{% if seeds > 1 %} and over {{ seeds }} seeds of fine-tuning{% endif %}.</p>

{% if cards %}<div class="facts">{% for value, label in cards %}
<div class="fact"><b>{{ value }}</b><span>{{ label }}</span></div>{% endfor %}</div>{% endif %}

{% if models %}
<h2>Models by task</h2>
<div class="wide"><table>
<caption>The main metric of each task, over all seeds, with its interval. Best value in bold. Speed: words per second on
one CPU thread. Silver: annotated by lists of names, not by people.</caption>
<thead><tr><th scope="col">model</th><th scope="col">parameters</th><th scope="col">without embeddings</th>
<th scope="col">words/s</th>
{% for place in places %}<th scope="col">{{ place[0] }}<br>{{ place[1].replace('_', ' ') }}
{%- if 'silver' in place[1] %} <span class="silver">silver</span>{% endif %}<br>
<span class="kind">{{ place[2].replace('_', ' ') }}</span></th>{% endfor %}</tr></thead>
<tbody>{% for model in models %}
<tr><th scope="row"><span class="dot" style="background:{{ shade.get(model.name, '#888888') }}"></span>{{ model.name }}
<span class="kind">{{ model.kind }}</span></th>
<td>{{ millions(model.parameters) }}</td><td>{{ millions(model.other_parameters) }}</td>
<td>{{ '{:,.0f}'.format(model.facts.words_per_second) if model.facts.words_per_second else '' }}</td>
{% for place in places %}{% set row = summary.get((model.name, place)) %}
<td>{% if row %}<span class="{{ 'best' if row.value == best[place] }}">{{ '%.3f'|format(row.value) }}</span>
<span class="low">{{ '%.3f'|format(row.low) }} to {{ '%.3f'|format(row.high) }}</span>{% endif %}</td>{% endfor %}
</tr>{% endfor %}</tbody></table></div>
<figure role="img" aria-label="Score of each model against its number of parameters">{{ size_and_quality }}
<figcaption>Score against size. Bars: intervals. Dashed: the dictionary, which has no parameters.</figcaption></figure>
{% endif %}

{% if differences %}
<h2>Pairs of models</h2>
<p>The same resampled examples for both models of a pair; p values are two-sided and corrected together for the
{{ differences|length }} comparisons of this table (Benjamini-Hochberg).</p>
<div class="wide"><table><thead><tr><th scope="col">pair</th><th scope="col" class="words">task</th>
<th scope="col">difference</th><th scope="col">interval</th><th scope="col">p</th>
<th scope="col" class="words">in words</th></tr></thead>
<tbody>{% for one in differences %}<tr><th scope="row">{{ one.model }} − {{ one.other }}</th>
<td class="words">{{ one.place[0] }}, {{ one.place[1].replace('_', ' ') }}</td>
<td>{{ '%+.3f'|format(one.value) }}</td><td>{{ '%+.3f'|format(one.low) }} to {{ '%+.3f'|format(one.high) }}</td>
<td>{{ '%.3f'|format(one.p) if one.p >= 0.001 else '< 0.001' }}</td>
<td class="words {{ 'better' if one.low > 0 else 'worse' if one.high < 0 }}">{{ one.sentence }}</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}

{% if training_curves %}
<h2>Training</h2>
<figure role="img" aria-label="Loss of each distilled model by step">{{ training_curves }}
<figcaption>Loss by step, averaged over a fiftieth of the run. Objectives differ, and so do their units: a curve compares
with itself only.</figcaption></figure>
{% endif %}

{% if fertility %}
<h2>Vocabulary</h2>
<figure role="img" aria-label="Tokens per word before and after the vocabulary was fitted">{{ fertility }}
<figcaption>Tokens per word: fewer means shorter sequences. General text is not medical: what it loses is the price of a
small vocabulary.</figcaption></figure>
<div class="wide"><table><thead><tr><th scope="col">tokenizer</th><th scope="col">pieces before</th>
<th scope="col">after</th><th scope="col">learnt</th><th scope="col">of these seen in held-out text</th></tr></thead>
<tbody>{% for item in tokenizers %}<tr><th scope="row">{{ item.name }}</th>
<td>{{ '{:,}'.format(item.facts.vocabulary.before) }}</td><td>{{ '{:,}'.format(item.facts.vocabulary.after) }}</td>
<td>{{ '{:,}'.format(item.facts.pieces.added) }}</td>
<td>{{ '%.0f %%'|format(100 * (item.facts.added_used_in_held_out or 0)) }}</td></tr>{% endfor %}</tbody></table></div>
{% endif %}

{% if corpora %}
<h2>Corpus</h2>
{% for item in corpora %}
<div class="wide"><table><caption>{{ item.name }}: {{ '{:,}'.format(item.facts.train.documents) }} documents,
{{ '{:,}'.format(item.facts.train.words) }} words to train on; {{ '{:,}'.format(item.facts.held_out.documents) }} documents
held out</caption>
<thead><tr><th scope="col">source</th><th scope="col">collected</th><th scope="col">kept</th><th scope="col">words kept</th>
<th scope="col" class="words">dropped</th></tr></thead>
<tbody>{% for source, funnel in item.facts.funnel.items() %}<tr><th scope="row">{{ source }}</th>
<td>{{ '{:,}'.format(funnel.collected) }}</td><td>{{ '{:,}'.format(funnel.kept) }}</td>
<td>{{ '{:,}'.format(funnel.words) }}</td><td class="words">{% for reason, count in funnel.dropped.items() %}
{{ '{:,}'.format(count) }} {{ reason }}{{ '; ' if not loop.last }}{% endfor %}</td></tr>{% endfor %}</tbody></table></div>
<div class="wide"><table><thead><tr><th scope="col">licence</th><th scope="col">documents kept</th></tr></thead><tbody>
{% for licence, count in item.facts.licences.items() %}<tr><th scope="row">{{ licence }}</th>
<td>{{ '{:,}'.format(count) }}</td></tr>{% endfor %}</tbody></table></div>
{% endfor %}
{% if teachers %}<p>Teachers: {% for item in teachers %}{{ item.name }}, licence {{ item.facts.licence }}
{{- '; ' if not loop.last }}{% endfor %}.</p>{% endif %}
{% endif %}

<h2>Time and memory</h2>
<figure role="img" aria-label="Seconds of all jobs of each stage">{{ time_by_stage }}</figure>
<details><summary>Every artifact: where it comes from and what it cost</summary>
<div class="wide"><table><thead><tr><th scope="col">artifact</th><th scope="col">fingerprint</th><th scope="col">seconds</th>
<th scope="col">peak MB</th><th scope="col" class="words">site</th><th scope="col" class="words">commit</th>
<th scope="col" class="words">started</th></tr></thead>
<tbody>{% for item in items %}<tr><th scope="row">{{ item.stage }}/{{ item.name }}</th>
<td><code>{{ item.manifest.fingerprint[:16] }}</code></td><td>{{ item.manifest.run.seconds }}</td>
<td>{{ item.manifest.run.peak_memory_mb }}</td><td class="words">{{ item.manifest.run.site }}</td>
<td class="words">{{ item.manifest.run.commit }}</td><td class="words">{{ item.manifest.run.started }}</td></tr>
{% endfor %}</tbody></table></div></details>
<details><summary>Every score, and how it was computed</summary>
<div class="wide"><table><thead><tr><th scope="col">model</th><th scope="col" class="words">task</th>
<th scope="col" class="words">metric</th><th scope="col">seed</th><th scope="col">value</th><th scope="col">interval</th>
<th scope="col" class="words">signature</th></tr></thead>
<tbody>{% for row in rows %}<tr><th scope="row">{{ row.model }}</th><td class="words">{{ row.task }}, {{ row.dataset }}</td>
<td class="words">{{ row.metric }}</td><td>{{ row.seed }}</td><td>{{ '%.3f'|format(row.value) }}</td>
<td>{{ '%.3f'|format(row.low) }} to {{ '%.3f'|format(row.high) }}</td><td class="words"><code>{{ row.signature }}</code></td>
</tr>{% endfor %}</tbody></table></div></details>
</main>
</body>
</html>
"""
