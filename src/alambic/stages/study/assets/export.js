// What leaves the page: one CSV file, with what a person said of himself, each answer, and each questionnaire.
"use strict";
const Export = (() => {
  const { make, word } = Form;
  const { protocol, participant } = Form.data;
  const COLUMNS = [
    "record", "protocol", "participant", "block", "rank", "item", "kind", "condition", "alone_answer", "alone_seconds", "alone_confidence", "advice",
    "delegated", "answer", "seconds", "explanation_seconds", "timed_out", "language", "finished_at", "question", "expertise", "consented",
  ];

  function rows(steps, blocks) {
    const own = { protocol, participant };
    const about = { record: "about", ...own, ...Form.get("about") };
    const answers = steps.map((step) => Form.get(`answer/${step.rank}`)).filter(Boolean).map((row) => ({ record: "answer", ...own, ...row }));
    const replies = blocks.flatMap(({ block, condition }) => Object.entries(Form.get(`questionnaire/${block}`) ?? {})
      .map(([question, answer]) => ({ record: "questionnaire", ...own, block, condition, question, answer })));
    return [about, ...answers, ...replies];
  }

  function draw(steps, blocks) {
    const content = () => Form.csv(COLUMNS, rows(steps, blocks));
    const area = make("textarea", { id: "copy", rows: "6", readonly: true }, content().slice(1));
    async function copy() {
      area.select();
      try { await navigator.clipboard.writeText(area.value); } catch { document.execCommand("copy"); }
      Form.announce(word("copied"));
    }
    return [
      make("button", { type: "button", id: "export", onclick: () => Form.download(`${participant}.csv`, content()) }, word("export")),
      make("details", {}, make("summary", {}, word("no_file")), make("label", { for: "copy" }, word("copy_label")), area, make("button", { type: "button", id: "copy-all", onclick: copy }, word("copy"))),
    ];
  }
  return { draw };
})();
