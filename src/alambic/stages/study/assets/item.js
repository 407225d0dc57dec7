// One item: an answer alone, the model's answer, the final answer.
"use strict";
const Item = (() => {
  const { make, word, text } = Form;
  const { kind, seconds: limit, delegate, ask_confidence: askConfidence, labels } = Form.data;
  const WARNING = 10; // seconds before the end

  const label = (option) => (option in labels ? text(labels[option]) : option);
  const plain = (answer) => answer.split(/\s+/).filter(Boolean).join(" ").toLowerCase();
  const isSame = (one, other) => plain(one) === plain(other);

  // Open an item: `draw()` gives its elements anew, as in another language; `done(row)` is called with the whole answer,
  // `alone(given)` with what was answered first, and both may take their time.
  function open(step, { redraw, alone, done }) {
    const key = `draft/${step.rank}`;
    const first = () => Form.get(`alone/${step.rank}`);
    const isAlone = () => "advice" in step && !step.advice_first && !first();
    const draft = Form.get(key) ?? {};
    let watch = null, leftover = null, closed = false, warned = false;

    function phase() { return isAlone() ? "alone" : "final"; }
    const spent = () => draft[phase()] ?? 0;

    function tick(seconds, shown) {
      draft[phase()] = seconds;
      draft.explained = shown;
      if (Math.floor(seconds) !== draft.saved) {
        draft.saved = Math.floor(seconds);
        Form.put(key, draft);
      }
      if (!limit || closed) return;
      const left = Math.max(0, Math.ceil(limit - seconds));
      if (leftover) leftover.textContent = word("left", { seconds: left });
      if (left <= WARNING && !warned) {
        warned = true;
        Form.announce(word("left", { seconds: left }));
      }
      if (seconds >= limit) finish({ timedOut: true });
    }

    function stop() {
      if (!watch) return;
      const { seconds, elementSeconds } = watch.stop();
      draft[phase()] = seconds;
      draft.explained = elementSeconds;
      watch = null;
    }

    async function finish({ timedOut = false, delegated = false }) {
      if (closed) return;
      closed = true;
      stop();
      const chosen = timedOut || delegated ? "" : (draft.answer ?? "").trim();
      const confidence = timedOut || delegated ? "" : draft.confidence ?? "";
      if (isAlone() && !delegated) {
        const given = { answer: chosen, seconds: draft.alone, confidence, timed_out: timedOut };
        draft.answer = "";
        draft.confidence = "";
        draft.saved = null;
        await alone(given);
        closed = warned = false;
        redraw();
        return;
      }
      const before = first() ?? { answer: "", seconds: "", confidence: "", timed_out: false };
      const wasAlone = isAlone();
      await done({
        block: step.block, rank: step.rank, item: step.item, kind: step.kind, condition: step.condition,
        alone_answer: before.answer, alone_seconds: rounded(before.seconds), alone_confidence: "advice" in step ? before.confidence : confidence,
        advice: "advice" in step && !wasAlone ? step.advice : "", delegated: delegated ? 1 : 0, answer: chosen,
        seconds: rounded(wasAlone ? draft.alone : draft.final), explanation_seconds: "explanation" in step && !wasAlone ? rounded(draft.explained) : "",
        timed_out: timedOut || before.timed_out ? 1 : 0,
      });
      Form.remove(key);
    }

    function submit(event) {
      event.preventDefault();
      const wantsConfidence = asksConfidence();
      const lacking = !(draft.answer ?? "").trim() ? "answer" : wantsConfidence && !draft.confidence ? "confidence" : null;
      if (!lacking) return finish({});
      document.querySelector(".missing").textContent = word("missing", { what: word(lacking) });
      document.querySelector(`[name="${lacking}"]`).focus();
    }

    const asksConfidence = () => askConfidence && step.kind !== "attention" && (isAlone() || !("advice" in step));

    function draw() {
      stop();
      const advised = "advice" in step && !isAlone() ? advice(step, first()) : null;
      leftover = limit ? make("p", { class: "note", id: "left" }, word("left", { seconds: Math.max(0, Math.ceil(limit - spent())) })) : null;
      const content = [
        ...shown(step, advised),
        ...(advised ? [advised.element] : []),
        answers(step, draft),
        ...(asksConfidence() ? [confidenceScale(draft)] : []),
        ...(leftover ? [leftover] : []),
        make("p", { class: "missing", role: "alert" }),
        make("button", { type: "submit" }, word("validate")),
        ...(delegate && "advice" in step ? [make("button", { type: "button", id: "delegate", onclick: () => finish({ delegated: true }) }, word("delegate"))] : []),
      ];
      const form = make("form", { onsubmit: submit, novalidate: true, autocomplete: "off" }, ...content);
      queueMicrotask(() => {
        stop();
        if (closed || !form.isConnected) return;
        watch = Stopwatch.start({ seconds: spent(), element: advised?.explained ?? null, elementSeconds: draft.explained ?? 0, tick });
      });
      return { form, focus: advised?.heading };
    }
    return { draw, stop };
  }

  const rounded = (seconds) => (typeof seconds === "number" ? seconds.toFixed(2) : "");

  // What is decided on: with an explanation, its words are coloured in their place.
  function shown(step, advised) {
    const image = step.image && make("img", { src: step.image, alt: step.text ? word("grid", { rows: step.text.replace(/\n/g, " / ") }) : word("image") });
    const body = advised?.explained ?? (image ? make("p", {}, image) : make("div", { class: "text" }, step.text));
    const section = make("section", { class: "source", tabindex: "0", role: "group", "aria-label": word("case") }, body);
    const asked = step.kind === "attention" ? [] : [make("p", { class: "question" }, kind === "accept_entity" ? word(`question_${kind}`, { question: step.question }) : step.question || word(`question_${kind}`))];
    return [section, ...asked];
  }

  function advice(step, before) {
    const heading = make("h3", { tabindex: "-1" }, word("advice", { answer: label(step.advice) }));
    const content = [heading];
    if ("confidence" in step) content.push(make("p", {}, word("model_confidence", { percent: Math.round(100 * step.confidence) })));
    let explained = null;
    if (step.explanation) {
      const image = step.image && make("img", { src: step.image, alt: word("grid", { rows: step.text.replace(/\n/g, " / ") }) });
      explained = image ? Explanation.overImage(image, step.text, step.explanation) : Explanation.coloured(step.text, step.explanation);
      content.push(make("p", { class: "note" }, word("colours")), Explanation.inWords(step.text, step.explanation, Boolean(image)));
    }
    if (before) content.push(make("p", { class: "note" }, before.answer ? word("first", { answer: label(before.answer) }) : word("first_none")));
    return { element: make("section", { class: "model", "aria-label": word("model") }, ...content), heading, explained };
  }

  function answers(step, draft) {
    if (!step.options.length) {
      const input = make("input", { type: "text", name: "answer", id: "answer", value: draft.answer ?? "", spellcheck: "false" });
      input.addEventListener("input", () => { draft.answer = input.value; });
      return make("p", {}, make("label", { for: "answer" }, word("answer")), input);
    }
    const choices = step.options.map((option) => {
      const input = make("input", { type: "radio", name: "answer", value: option, checked: draft.answer === option });
      input.addEventListener("change", () => { draft.answer = option; });
      return make("label", {}, input, ` ${label(option)}`);
    });
    return make("fieldset", { class: "options" }, make("legend", {}, word("answer")), ...choices);
  }

  function confidenceScale(draft) {
    return Scale.draw({ name: "confidence", legend: word("confidence"), low: word("unsure"), high: word("sure"), most: 5, value: draft.confidence, change: (value) => { draft.confidence = value; } });
  }

  return { open, label, isSame };
})();
