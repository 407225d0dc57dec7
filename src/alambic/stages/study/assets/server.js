// Where a server gave the page, each answer is kept by it before the next item is shown; it is sent until it is.
"use strict";
const Server = (() => {
  const { make, word } = Form;
  const WAIT = 2000; // milliseconds between two tries
  const main = document.getElementById("main");
  const FINAL = /^(about|alone\/\d+|answer\/\d+|questionnaire\/\d+)$/;

  function warn(name) {
    const warning = document.getElementById("not-saved");
    warning.hidden = !name;
    warning.textContent = name ? word(name) : "";
  }

  async function post(address, content) {
    for (;;) {
      try {
        const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
        if (answer.ok) { warn(null); return; }
        if (answer.status < 500) { warn("refused"); throw new RangeError(`${answer.status}`); }
      } catch (error) {
        if (error instanceof RangeError) throw error;
      }
      warn("not_sent");
      await new Promise((resolve) => setTimeout(resolve, WAIT));
    }
  }

  // Keep an answer here, and on the server where there is one.
  async function record(key, value) {
    main.inert = true;
    try {
      await Form.put(key, value);
      if (!Form.saved) return;
      await post("record", { key, value });
      Form.saved[key] = value;
      await Form.remove(key);
    } finally { main.inert = false; }
  }

  // Send what this browser has and the server has not: it stopped before it could say that it had it.
  async function sendRest() {
    if (!Form.saved) return;
    for (const key of Form.keys().filter((each) => FINAL.test(each))) {
      if (key in Form.saved) await Form.remove(key);
      else await record(key, Form.get(key));
    }
  }

  async function withdraw() {
    if (Form.saved) {
      await post("withdraw", {});
      for (const key of Object.keys(Form.saved)) delete Form.saved[key];
    }
    await Form.remove(...Form.keys());
  }

  return { record, sendRest, withdraw };
})();
