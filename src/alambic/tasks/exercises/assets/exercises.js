// Exercises to try: one a page, checked at once; what was answered stays in this browser.
"use strict";
(() => {
  const { make, word } = Form;
  const exercises = Form.data.exercises;
  const key = (number) => `answer/${number}`;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[\s.]+/g, " ").trim();

  // The order of the answers depends on the exercise alone: the right one is not always first.
  function order(exercise) {
    let state = 0;
    for (const sign of exercise.name + exercise.question) state = (Math.imul(state, 31) + sign.codePointAt(0)) | 0;
    const numbers = exercise.answers.map((_, number) => number);
    for (let last = numbers.length - 1; last > 0; last -= 1) {
      state = (Math.imul(state, 1103515245) + 12345) | 0;
      const other = (state >>> 8) % (last + 1);
      [numbers[last], numbers[other]] = [numbers[other], numbers[last]];
    }
    return numbers;
  }

  function item(number) {
    const exercise = exercises[number];
    const given = Form.get(key(number)) ?? { chosen: [], text: "", checked: false };
    const result = make("p", { role: "status", id: "result" });
    const show = () => {
      const outcome = given.checked ? verdict(exercise, given) : { text: "", mark: "" };
      result.textContent = outcome.text;
      result.className = outcome.mark;
    };
    const check = make("button", { type: "button", onclick: () => { given.checked = true; Form.put(key(number), given); show(); } }, word("check"));
    show();
    const question = make("p", { class: "text", id: "question" }, exercise.question);
    return [question, exercise.answers ? choices(exercise, number, given, show) : typed(number, given, show), check, result];
  }

  function choices(exercise, number, given, show) {
    const several = exercise.answers.filter((answer) => answer.right).length > 1;
    const group = make("fieldset", { class: "options", "aria-describedby": "question" }, make("legend", {}, word(several ? "several" : "one")));
    for (const place of order(exercise)) {
      const input = make("input", { type: several ? "checkbox" : "radio", name: "answer", value: place, checked: given.chosen.includes(place) });
      input.addEventListener("change", () => {
        given.chosen = [...group.querySelectorAll("input:checked")].map((box) => Number(box.value));
        given.checked = false;
        Form.put(key(number), given);
        show();
      });
      group.append(make("label", {}, input, ` ${exercise.answers[place].text}`));
    }
    return group;
  }

  function typed(number, given, show) {
    const input = make("input", { type: "text", id: "typed", value: given.text, "aria-describedby": "question" });
    input.addEventListener("input", () => {
      given.text = input.value;
      given.checked = false;
      Form.put(key(number), given);
      show();
    });
    return make("p", {}, make("label", { for: "typed" }, word("your_answer")), input);
  }

  function isRight(exercise, given) {
    if (exercise.answers) return exercise.answers.every((answer, place) => answer.right === given.chosen.includes(place));
    return exercise.accepted.some((text) => plain(text) === plain(given.text));
  }

  function verdict(exercise, given) {
    if (isRight(exercise, given)) return { mark: "right", text: word("right") };
    const texts = exercise.answers ? exercise.answers.filter((answer) => answer.right).map((answer) => answer.text) : exercise.accepted;
    return { mark: exercise.answers ? "wrong" : "", text: word(exercise.answers ? "wrong" : "compare", { answers: texts.join(" ; ") }) };
  }

  function score() {
    const checked = exercises.map((exercise, number) => [exercise, Form.get(key(number))]).filter(([, given]) => given?.checked);
    const right = checked.filter(([exercise, given]) => isRight(exercise, given)).length;
    return word("score", { right, checked: checked.length, count: exercises.length });
  }

  const paged = Form.pages(exercises.length, {
    introduction: () => [make("p", {}, word("about", { count: exercises.length }))],
    item,
    end: (heading) => [
      heading(word("end")),
      make("p", { id: "score" }, score()),
      make("button", { type: "button", onclick: () => { Form.clear(); paged.go(0); } }, word("again")),
    ],
  });
})();
