// A judge's form: one text a page, its proposals side by side, a scale for each criterion of each.
"use strict";
(() => {
  const { make, word, text } = Form;
  const { form, judge, items, criteria, instructions } = Form.data;
  const letter = (position) => String.fromCharCode(65 + position);
  const key = (number) => `item/${number}`;
  const answers = (number) => Form.get(key(number)) ?? { values: {}, seconds: 0 };
  const place = (position, criterion) => `${letter(position)}/${criterion.name}`;
  let current = null, since = 0;

  // Seconds count while an item is shown in a window that can be seen.
  function leave() {
    if (current === null) return;
    const of = answers(current);
    of.seconds += (performance.now() - since) / 1000;
    since = performance.now();
    Form.put(key(current), of);
    if (document.visibilityState === "hidden") current = null;
  }
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") start();
  });
  function start() {
    leave();
    const shown = paged.place() - 1;
    current = shown >= 0 && shown < items.length ? shown : null;
    since = performance.now();
  }

  function item(number) {
    const content = [];
    if (items[number].source) {
      content.push(make("section", { "aria-label": word("source") }, make("h3", {}, word("source")), make("div", { class: "source text", tabindex: "0" }, items[number].source)));
    }
    const proposals = items[number].texts.map((written, position) => proposal(number, written, position));
    content.push(make("div", { class: "side-by-side" }, ...proposals));
    queueMicrotask(start);
    return content;
  }

  function proposal(number, written, position) {
    const title = word("text", { letter: letter(position) });
    const shown = written.trim() ? make("div", { class: "text" }, written) : make("p", { class: "note" }, word("empty"));
    const questions = criteria.map((criterion) => scale(number, position, criterion));
    return make("section", { "aria-label": title }, make("h3", {}, title), shown, ...questions);
  }

  function scale(number, position, criterion) {
    const of = place(position, criterion), chosen = answers(number).values[of];
    const legend = make("legend", {}, make("span", { class: "hidden" }, word("question_of", { letter: letter(position) })), text(criterion.question));
    const choices = make("div", { class: "scale" }, make("span", { class: "note" }, text(criterion.low)));
    for (let value = 1; value <= criterion.scale; value += 1) {
      const input = make("input", { type: "radio", name: of, value, checked: chosen === value });
      input.addEventListener("change", () => {
        const saved = answers(number);
        saved.values[of] = value;
        Form.put(key(number), saved);
        Form.announce(word("saved"));
      });
      const meaning = value === 1 ? text(criterion.low) : value === criterion.scale ? text(criterion.high) : "";
      choices.append(make("label", {}, input, ` ${value}`, meaning ? make("span", { class: "hidden" }, ` ${meaning}`) : ""));
    }
    choices.append(make("span", { class: "note" }, text(criterion.high)));
    return make("fieldset", {}, legend, choices);
  }

  function missing(number) {
    const given = answers(number).values;
    for (let position = 0; position < items[number].texts.length; position += 1) {
      for (const criterion of criteria) {
        const of = place(position, criterion);
        if (!(of in given)) {
          const what = word("question_of", { letter: letter(position) }) + text(criterion.question);
          return { what, element: document.querySelector(`input[name="${of}"]`) };
        }
      }
    }
    return null;
  }

  function rows() {
    return items.flatMap((of, number) => {
      const { values, seconds } = answers(number);
      return of.texts.flatMap((_, position) => criteria
        .filter((criterion) => place(position, criterion) in values)
        .map((criterion) => ({
          form, judge, item: of.id, position: letter(position), criterion: criterion.name,
          value: values[place(position, criterion)], seconds: seconds.toFixed(2),
        })));
    });
  }

  const columns = ["form", "judge", "item", "position", "criterion", "value", "seconds"];
  const exporting = () => make("button", { type: "button", id: "export", onclick: () => { leave(); Form.download(`${judge}.csv`, Form.csv(columns, rows())); } }, word("export"));
  const paged = Form.pages(items.length, {
    introduction: () => {
      current = null;
      return [
        make("p", {}, text(instructions)),
        make("p", {}, word("judge", { judge, count: items.length })),
        make("p", {}, word("how")),
      ];
    },
    item,
    end: (heading) => {
      current = null;
      const done = items.filter((_, number) => missing(number) === null).length;
      return [heading(word("end")), make("p", { id: "done" }, word("thanks", { done, count: items.length })), exporting()];
    },
    missing,
    leave,
  });
})();
