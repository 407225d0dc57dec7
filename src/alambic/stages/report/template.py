"""The page's skeleton: it is code of the report, so that a change of it makes a new report."""

PAGE = """\
{% macro named(name) %}
<span class="dot" style="--of: {{ models[name].colour }}" aria-hidden="true"></span>{{ name }}
{%- if models[name].role not in name %} <span class="tag">{{ models[name].role }}</span>{% endif %}
{% endmacro %}
{% macro of_task(ranking) %}
{{ ranking.task }}<br>{{ ranking.dataset | readable }}<br>{{ ranking.metric | readable }}
{%- if ranking.silver %}<br><span class="tag silver">silver</span>{% endif %}
{% endmacro %}
{% macro scored(ranking, name) %}
{% set score = ranking.scores.get(name) %}
<td class="n{{ ' best' if ranking.models[0] == name }}">{% if score %}{{ score.value | value }}
<span class="interval">[{{ score.low | value }}, {{ score.high | value }}]</span>{% endif %}</td>
{% endmacro %}
{% macro figure(svg, text) %}
{% if svg %}<figure>{{ svg | safe }}<figcaption>{{ text }}</figcaption></figure>{% endif %}
{% endmacro %}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
<style>{{ style | safe }}</style>
</head>
<body>
<header>
<p class="kicker">Alambic · experiment {{ experiment }}</p>
<h1>{{ title }}</h1>
<p class="story">{{ story | join(" ") }}</p>
{% if headlines %}
<ul class="cards">{% for figure, text in headlines %}<li><b>{{ figure }}</b><span>{{ text }}</span></li>{% endfor %}</ul>
{% endif %}
<nav aria-label="Sections">
{% if shown %}<a href="#results">Results</a>{% endif %}
{% if speeds %}<a href="#speed">Speed</a>{% endif %}
{% if comparisons %}<a href="#comparisons">Comparisons</a>{% endif %}
{% if plots.distillation or plots.finetuning %}<a href="#training">Training</a>{% endif %}
{% if fertility %}<a href="#tokenizer">Tokenizer</a>{% endif %}
<a href="#corpus">Corpus</a> {% if licence_reports %}<a href="#licences">Licences</a>{% endif %}
{% if releases %}<a href="#releases">Releases</a>{% endif %}
<a href="#cost">Time and memory</a> <a href="#provenance">Provenance</a>
</nav>
</header>
<main>
{% if shown %}
<section id="results">
<h2>Results</h2>
<div class="scroll"><table>
<caption>Models, best mean place first. In brackets, the {{ "%.0f" | format(confidence * 100) }} % bootstrap interval over
test examples and seeds; the best of each column is bold.</caption>
<thead><tr><th scope="col">Model</th><th scope="col" class="n">Parameters</th>
<th scope="col" class="n">without<br>embeddings</th>{% if speeds %}<th scope="col" class="n">Words/s<br>1 thread</th>{% endif %}
{% for ranking in shown %}<th scope="col" class="n">{{ of_task(ranking) }}</th>{% endfor %}</tr></thead>
<tbody>
{% for name in order %}
{% set model = models[name] %}
<tr><th scope="row">{{ named(name) }}</th><td class="n">{{ model.parameters | size }}</td>
<td class="n">{% if model.parameters and model.embedding_parameters %}
{{ (model.parameters - model.embedding_parameters) | size }}{% endif %}</td>
{% if speeds %}<td class="n">{% if model.speed %}{% if model.speed.withheld %}withheld{% else %}{{ model.speed.median | count }}
{% endif %}{% endif %}</td>{% endif %}
{% for ranking in shown %}{{ scored(ranking, name) }}{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
{% if shown | selectattr("silver") | list %}
<p class="note"><span class="tag silver">silver</span> The reference annotation was made by a program, not by people: the
score says how well a model agrees with that program, not how often it is right.</p>
{% endif %}
{{ figure(plots.quality, "Quality against size: further left is smaller, higher is better. Bars and bands are the intervals
of the table; the dashed line is the dictionary, which has no parameters.") }}
<details><summary>Every measure</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Measure</th>{% for name in order %}<th scope="col" class="n">{{ named(name) }}</th>
{% endfor %}</tr></thead>
<tbody>{% for ranking in rankings %}<tr><th scope="row">{{ of_task(ranking) }}</th>
{% for name in order %}{{ scored(ranking, name) }}{% endfor %}</tr>{% endfor %}</tbody></table></div>
</details>
</section>
{% endif %}
{% if speeds %}
<section id="speed">
<h2>Speed</h2>
<p>Words per second of processor time, on one thread of a CPU: the models answered the same texts in turn, in one process, after
a batch that was not timed. Medians over rounds, with their quartiles in brackets; a figure whose quartiles lie more than
{{ "%.0f" | format(largest_spread * 100) }} % of it apart is withheld. On a busy machine the rounds of all models slow down
together: of the two, the ratio is the one to rely on.</p>
{% for speed in speeds %}
<div class="scroll"><table>
<caption>{{ speed.task }}: {{ speed.how.texts }} texts of {{ speed.how.words_per_text | count }} words in the median,
{{ speed.how.longest_text | count }} at most; batches of {{ speed.how.batch }}; {{ speed.how.rounds }} rounds on
{{ speed.how.cpu }}, of which the process had {{ "%.0f" | format(speed.how.share_of_a_core * 100) }} % of a core.</caption>
<thead><tr><th scope="col">Model</th><th scope="col" class="n">Words/s</th>
{% for teacher in teachers if teacher in speed.seconds %}<th scope="col" class="n">times {{ teacher }}</th>{% endfor %}
</tr></thead>
<tbody>{% for name, figure in speed.words_per_second.items() %}
<tr><th scope="row">{{ named(name) }}</th>
<td class="n">{% if figure.withheld %}withheld: {{ figure.withheld }}{% else %}{{ figure.median | count }}{% endif %}
<span class="interval">[{{ figure.low | count }}, {{ figure.high | count }}]</span></td>
{% for teacher in teachers if teacher in speed.seconds %}{% set ratio = speed.ratio(name, teacher) %}
<td class="n">{% if name != teacher %}{% if ratio.withheld %}withheld: {{ ratio.withheld }}{% else %}{{ ratio.median | times }}
{%- endif %} <span class="interval">[{{ ratio.low | times }}, {{ ratio.high | times }}]</span>{% endif %}</td>
{% endfor %}</tr>
{% endfor %}</tbody></table></div>
{% endfor %}
</section>
{% endif %}
{% if comparisons %}
<section id="comparisons">
<h2>Is the difference real?</h2>
<p>Both models of a pair are scored on the same resamples of the same test examples, and of their seeds. <i>p</i> is the
two-sided bootstrap p-value; the corrected one accounts for the {{ comparisons | length }} comparisons made here (Holm), and
is the one that the sentences rely on, at 0.05.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Pair</th><th scope="col">On</th><th scope="col" class="n">Difference</th>
<th scope="col" class="n">p</th><th scope="col" class="n">corrected p</th><th scope="col">In words</th></tr></thead>
<tbody>
{% for comparison in comparisons %}
<tr><th scope="row">{{ comparison.first }} − {{ comparison.second }}</th>
<td>{{ comparison.measure[0] }}, {{ comparison.measure[1] | readable }}, {{ comparison.measure[3] | readable }}</td>
<td class="n">{% if comparison.difference is not none %}{{ comparison.difference | signed }}
<span class="interval">[{{ comparison.low | signed }}, {{ comparison.high | signed }}]</span>{% endif %}</td>
<td class="n">{{ comparison.p | probability }}</td><td class="n">{{ comparison.corrected_p | probability }}</td>
<td>{{ comparison.sentence }}</td></tr>
{% endfor %}
</tbody></table></div>
</section>
{% endif %}
{% if plots.distillation or plots.finetuning %}
<section id="training">
<h2>Training</h2>
{{ figure(plots.distillation, "Distillation: the loss of each objective, step by step (thin) and smoothed (thick). Losses of
different objectives have no common scale.") }}
{{ figure(plots.finetuning, "Fine-tuning: the loss on each task, a line per seed.") }}
</section>
{% endif %}
{% if fertility %}
<section id="tokenizer">
<h2>Tokenizer</h2>
<p>Fertility is the number of tokens per word between white space: fewer tokens make shorter, faster sequences.</p>
{{ figure(plots.fertility, "Open circles: the base tokenizer. Full circles: ours, with medical pieces learnt and unused
pieces dropped. Green is an improvement, orange a loss.") }}
{{ figure(plots.added, "What learnt pieces buy: students that are alike but for their number of learnt pieces, and for how the
vectors of these started. Bars are the intervals of the tables.") }}
<div class="scroll"><table>
<thead><tr><th scope="col">Tokenizer</th><th scope="col">Texts</th><th scope="col" class="n">Before</th>
<th scope="col" class="n">After</th></tr></thead>
<tbody>{% for name, texts in fertility.items() %}{% for text, of in texts.items() %}
<tr><th scope="row">{{ name }}</th><td>{{ text }}</td><td class="n">{{ of.before | value }}</td>
<td class="n">{{ of.after | value }}</td></tr>
{% endfor %}{% endfor %}</tbody></table></div>
</section>
{% endif %}
<section id="corpus">
<h2>Corpus and licences</h2>
<div class="scroll"><table>
<caption>What was collected.</caption>
<thead><tr><th scope="col">Source</th><th scope="col" class="n">Documents</th><th scope="col" class="n">Words</th>
<th scope="col">Licences</th></tr></thead>
<tbody>{% for artifact in sources %}<tr><th scope="row">{{ artifact.item }}</th>
<td class="n">{{ artifact.facts.get("documents") | count }}</td><td class="n">{{ artifact.facts.get("words") | count }}</td>
<td>{{ artifact.facts.get("licences", {}) | join(", ") }}</td></tr>{% endfor %}</tbody></table></div>
{% for artifact in corpora %}
<div class="scroll"><table>
<caption>What became of it in the corpus <b>{{ artifact.item }}</b>. Licences of what was kept:
{% for licence, number in artifact.facts.get("licences", {}).items() %}{{ licence }} ({{ number | count }} documents)
{{- ", " if not loop.last }}{% endfor %}.</caption>
<thead><tr><th scope="col">Source</th><th scope="col" class="n">Collected</th><th scope="col" class="n">Kept</th>
<th scope="col" class="n">Words kept</th><th scope="col">Dropped, and why</th><th scope="col">Changed, by what</th></tr></thead>
<tbody>{% for source, funnel in artifact.facts.get("funnel", {}).items() %}<tr><th scope="row">{{ source }}</th>
<td class="n">{{ funnel.get("collected") | count }}</td><td class="n">{{ funnel.get("kept") | count }}</td>
<td class="n">{{ funnel.get("words") | count }}</td>
<td>{% for reason, number in funnel.get("dropped", {}).items() %}{{ reason | readable }} ({{ number | count }})
{{- "; " if not loop.last }}{% endfor %}</td>
<td>{% for step, number in funnel.get("changed", {}).items() %}{{ step | readable }} ({{ number | count }})
{{- "; " if not loop.last }}{% endfor %}</td></tr>{% endfor %}</tbody></table></div>
{% set decontamination = artifact.facts.get("decontamination", {}) %}
{% if decontamination.get("off") %}
<p class="note"><span class="tag silver">not decontaminated</span> The experiment says <code>decontaminate: false</code>:
test texts may be in the corpus <b>{{ artifact.item }}</b>, and the scores of what was trained on it mean that much less.</p>
{% elif decontamination.get("because") %}
<p>Removed from <b>{{ artifact.item }}</b> because a model is scored on it:
{% for owner, leak in decontamination.because.items() %}{{ owner }} ({{ leak.texts | count }} test texts):
{{ leak.removed.values() | sum | count }} documents{% if leak.removed %}, of {% for source, number in leak.removed.items() %}
{{ source }} {{ number | count }}{{ ", " if not loop.last }}{% endfor %}{% endif %}
{{- "; " if not loop.last }}{% endfor %}.</p>
{% endif %}
{% endfor %}
{% if models.values() | selectattr("licence") | list %}
<p>Licences of the models: {% for model in models.values() | selectattr("licence") %}{{ model.name }}: {{ model.licence }}
{{- "; " if not loop.last }}{% endfor %}.</p>
{% endif %}
</section>
{% if licence_reports %}
<section id="licences">
<h2>Licences</h2>
<p>What each student and each fine-tuned model is made from, by which way, and what the terms allow, read strictly; no legal advice.</p>
{% for name, licence_report in licence_reports.items() %}
<details><summary><b>{{ name }}</b>:
{% if not licence_report.against_open %}nothing known stands against a release for any use
{%- elif not licence_report.against_research %}for research only
{%- else %}not to be released as it is{% endif %}
{%- if licence_report.licences %}, under {{ licence_report.licences | join(" or ") }}{% endif %}</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Way</th><th scope="col">Used as</th><th scope="col">Licence</th>
<th scope="col">To cite</th></tr></thead>
<tbody>{% for ingredient in licence_report.ingredients %}<tr><th scope="row">{{ ingredient.path | join(" ← ") }}</th><td>{{ ingredient.kind }}</td>
<td>{{ ingredient.licence or "not stated" }}</td><td>{{ ingredient.cite }}</td></tr>{% endfor %}</tbody></table></div>
{% if licence_report.against_open %}<ul>{% for problem in licence_report.against_open %}<li>{{ problem }}</li>{% endfor %}</ul>{% endif %}
</details>
{% endfor %}
</section>
{% endif %}
{% if releases %}
<section id="releases">
<h2>Releases</h2>
<p>Models that were made ready to be passed on. Each ONNX form answered the same test texts with ONNX Runtime on one thread of a
CPU; in brackets the share of texts with the same answer as in torch, of which the interval is given.</p>
{% for release in releases %}
<div class="scroll"><table>
<caption><b>{{ release.name }}</b>, from seed {{ release.content.seed }}: <code>{{ release.folder }}</code>.
{% if release.content.why_not_onnx %}No ONNX form: {{ release.content.why_not_onnx }}.{% else %}
{{ release.content.cpu }} ({{ release.content.cpu_flags | join(", ") }}).{% endif %}</caption>
<thead><tr><th scope="col">Test texts</th><th scope="col">Score</th>
{% for form, size in release.megabytes.items() %}<th scope="col" class="n">{{ form }}<br>{{ "%.1f" | format(size) }} MB</th>
{% endfor %}</tr></thead>
<tbody>{% for dataset, metric, scores in release.rows() %}<tr><th scope="row">{{ dataset | readable }}</th>
<td>{{ metric | readable }}</td>
{% for form in release.forms %}<td class="n">{% if form in scores %}{% set score = scores[form] %}{{ score.value | value }}
{% if score.low is not none %}<span class="interval">[{{ score.low | value }}, {{ score.high | value }}]</span>{% endif %}
{% if score.same_answers is not none %}<span class="interval">({{ "%.1f" | format(score.same_answers * 100) }} % same)</span>
{% endif %}{% endif %}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>
{% endfor %}
</section>
{% endif %}
<section id="cost">
<h2>Time and memory</h2>
<div class="scroll"><table>
<caption>Time of each stage, all artifacts together. An artifact that was already there counts with the time it once took;
jobs may have run side by side.</caption>
<thead><tr><th scope="col">Stage</th><th scope="col" class="n">Artifacts</th><th scope="col" class="n">Time</th>
<th scope="col" class="bar"><span aria-hidden="true"></span></th><th scope="col" class="n">Longest</th>
<th scope="col" class="n">Peak memory</th></tr></thead>
<tbody>{% for row in times %}<tr><th scope="row">{{ row.stage }}</th><td class="n">{{ row.number }}</td>
<td class="n">{{ row.seconds | duration }}</td>
<td class="bar"><div class="row" style="width: {{ '%.1f' | format(row.share * 100) }}%" aria-hidden="true"></div></td>
<td class="n">{{ row.longest | duration }}</td><td class="n">{{ row.memory | count }} MB</td></tr>{% endfor %}
</tbody></table></div>
</section>
<section id="provenance">
<h2>Provenance</h2>
{% if signatures %}
<details><summary>How each score was computed</summary>
<dl>{% for signature, measures in signatures %}<dt>{{ measures | join("; ") }}</dt>
<dd><code>{{ signature }}</code></dd>{% endfor %}</dl>
</details>
{% endif %}
<details><summary>Fingerprint, code and place of each of the {{ artifacts | length }} artifacts</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Artifact</th><th scope="col">Fingerprint</th><th scope="col">Commit</th>
<th scope="col">Site</th><th scope="col">Started</th><th scope="col" class="n">Time</th></tr></thead>
<tbody>{% for artifact in artifacts %}{% set run = artifact.manifest.run %}<tr><th scope="row">{{ artifact.name }}</th>
<td><code>{{ artifact.manifest.fingerprint[:16] }}</code></td><td><code>{{ run.get("commit") or "" }}</code></td>
<td>{{ run.get("site", "") }}{% if run.get("host") %}, {{ run.host }}{% endif %}</td>
<td>{{ run.get("started", "")[:16] | replace("T", " ") }}</td>
<td class="n">{{ run.get("seconds") | duration }}</td></tr>{% endfor %}</tbody></table></div>
</details>
</section>
</main>
<footer>Made by Alambic from the artifacts listed under Provenance. This page loads nothing from anywhere.</footer>
</body>
</html>
"""
