// A study: consent, instructions, practice, a block for each condition with its questions, the end. Where a person is
// follows from what he has answered, so that a page that was closed goes on there.
"use strict";
(() => {
  const { make, word, text } = Form;
  const { consent, instructions, expertise, questionnaire, blocks, items: steps } = Form.data;
  const main = document.getElementById("main");
  let draw = () => {}, current = null, withdrawing = false;

  const heading = (content) => make("h2", { tabindex: "-1" }, content);
  const paragraphs = (content) => content.split(/\n\s*\n/).map((part) => make("p", { class: "text" }, part.trim()));
  const button = (name, onclick, id = null) => make("button", { type: "button", onclick, id }, word(name));

  // Show elements, now and again in another language; the first heading has the focus.
  function show(elements, { focus = true, footer = true } = {}) {
    draw = () => {
      const { content, first } = elements();
      main.replaceChildren(...content, ...(footer && Form.get("about") ? [withdrawal()] : []));
      return first ?? main.querySelector("h2");
    };
    const first = draw();
    Form.announce("");
    scrollTo(0, 0);
    if (focus) first?.focus();
  }

  // At another machine, which asks the server, what was only read is known by what was answered.
  const isBegun = (step) => Boolean(Form.get(`alone/${step.rank}`) ?? Form.get(`answer/${step.rank}`));

  function next(focus = true) {
    current?.stop();
    current = null;
    if (!Form.get("about")) return askConsent(focus);
    if (!Form.get("begun") && !steps.some(isBegun)) return show(introduction, { focus });
    for (const each of blocks) {
      const of = steps.filter((step) => step.block === each.block);
      const open = of.find((step) => !Form.get(`answer/${step.rank}`));
      if (open && !Form.get(`block/${each.block}`) && !of.some(isBegun)) return show(() => beginning(each, of.length), { focus });
      if (open) return ask(open, focus);
      if (each.questions.length && !Form.get(`questionnaire/${each.block}`)) return askQuestions(each, focus);
    }
    return show(end, { focus, footer: !Form.saved });
  }

  function askConsent(focus) {
    const given = {};
    async function agree(event) {
      event.preventDefault();
      const names = Object.keys(expertise);
      if (names.length && !given.expertise) {
        main.querySelector(".missing").textContent = word("missing", { what: word("expertise") });
        main.querySelector('[name="expertise"]').focus();
        return;
      }
      await Server.record("about", { expertise: given.expertise ?? "", consented: 1 });
      next();
    }
    async function refuse() {
      await Server.withdraw();
      show(() => ({ content: [heading(word("refused_title")), make("p", { id: "refused" }, word("refused_text"))] }));
    }
    function chosen(name) {
      const input = make("input", { type: "radio", name: "expertise", value: name, checked: given.expertise === name });
      input.addEventListener("change", () => { given.expertise = name; });
      return make("label", {}, input, ` ${text(expertise[name])}`);
    }
    show(() => {
      const asked = Object.keys(expertise).length
        ? [make("fieldset", { class: "options" }, make("legend", {}, word("expertise")), ...Object.keys(expertise).map(chosen))] : [];
      const form = make("form", { onsubmit: agree, novalidate: true }, ...asked, make("p", { class: "missing", role: "alert" }),
        make("button", { type: "submit", id: "agree" }, word("agree")), button("disagree", refuse, "disagree"));
      return { content: [heading(word("consent")), ...paragraphs(text(consent)), form] };
    }, { focus });
  }

  function introduction() {
    const begin = () => { Form.put("begun", true); next(); };
    const count = steps.filter((step) => step.kind !== "practice").length;
    return { content: [heading(word("instructions")), ...paragraphs(text(instructions)), make("p", {}, word(Form.saved ? "how_server" : "how", { count })), button("begin", begin)] };
  }

  function beginning(block, count) {
    const parts = blocks.filter((each) => each.block > 0).length;
    const begin = () => { Form.put(`block/${block.block}`, true); next(); };
    const title = block.block ? word("part", { number: block.block, count: parts }) : word("practice");
    const how = !block.model ? "block_alone" : block.explanation ? "block_explanation" : "block_advice";
    return { content: [heading(title), make("p", {}, word("block_items", { count })), make("p", {}, word(how)), button("continue", begin)] };
  }

  function ask(step, focus) {
    current = Item.open(step, {
      redraw: () => present(true),
      alone: (given) => Server.record(`alone/${step.rank}`, given),
      done: async (row) => {
        await Server.record(`answer/${step.rank}`, { ...row, language: Form.language(), finished_at: new Date().toISOString() });
        if ("right" in step) feedback(step, row);
        else next();
      },
    });
    function present(move) {
      const place = steps.indexOf(step) + 1;
      show(() => {
        const { form, focus: first } = current.draw();
        return { content: [heading(word("item", { number: place, count: steps.length })), form], first };
      }, { focus: move });
    }
    present(focus);
  }

  function feedback(step, row) {
    current = null;
    const right = Item.isSame(row.answer, step.right);
    const said = row.answer ? (right ? "was_right" : "was_wrong") : "was_none";
    show(() => ({ content: [
      heading(word("practice")),
      make("p", { class: right ? "right" : "wrong", id: "feedback" }, word(said, { answer: Item.label(step.right) })),
      button("continue", () => next()),
    ] }));
  }

  function askQuestions(block, focus) {
    const key = `draft-questions/${block.block}`, given = Form.get(key) ?? {};
    const change = (name) => (value) => { given[name] = value; Form.put(key, given); };
    async function submit(event) {
      event.preventDefault();
      const lacking = block.questions.find((name) => questionnaire[name].answer === "scale" && !given[name]);
      if (lacking) {
        main.querySelector(".missing").textContent = word("missing", { what: text(questionnaire[lacking].text) });
        main.querySelector(`[name="${lacking}"]`).focus();
        return;
      }
      await Server.record(`questionnaire/${block.block}`, Object.fromEntries(block.questions.map((name) => [name, given[name] ?? ""])));
      Form.remove(key);
      next();
    }
    function question(name) {
      const asked = questionnaire[name];
      if (asked.answer === "scale") return Scale.draw({ name, legend: text(asked.text), low: text(asked.low), high: text(asked.high), most: 7, value: given[name], change: change(name) });
      const area = make("textarea", { id: `question-${name}`, name, rows: "3", maxlength: "2000" }, given[name] ?? "");
      area.addEventListener("input", () => change(name)(area.value));
      return make("p", {}, make("label", { for: `question-${name}` }, text(asked.text)), area);
    }
    show(() => ({ content: [
      heading(word("questions")),
      make("form", { onsubmit: submit, novalidate: true, autocomplete: "off" }, ...block.questions.map(question), make("p", { class: "missing", role: "alert" }), make("button", { type: "submit" }, word("validate"))),
    ] }), { focus });
  }

  function end() {
    const done = steps.filter((step) => Form.get(`answer/${step.rank}`)).length;
    if (Form.saved) {
      Form.clear();
      return { content: [heading(word("end")), make("p", { id: "done" }, word("thanks_server", { done, count: steps.length }))] };
    }
    return { content: [heading(word("end")), make("p", { id: "done" }, word("thanks", { done, count: steps.length })), ...Export.draw(steps, blocks)] };
  }

  // The right to stop, and to have what was said erased; asked for twice.
  function withdrawal() {
    const again = () => { draw(); main.querySelector(".withdrawal button").focus(); };
    const ask = () => { withdrawing = true; again(); };
    const stay = () => { withdrawing = false; again(); };
    async function erase() {
      current?.stop();
      current = null;
      await Server.withdraw();
      withdrawing = false;
      show(() => ({ content: [heading(word("erased_title")), make("p", { id: "erased" }, word("erased"))] }));
    }
    const content = withdrawing ? [make("p", {}, word("really")), button("erase", erase, "erase"), button("stay", stay)] : [button("withdraw", ask, "withdraw")];
    return make("section", { class: "withdrawal", "aria-label": word("withdraw") }, ...content);
  }

  Form.display(() => draw());
  Disk.open().then(Server.sendRest).then(() => next(false));
})();
