// What every form shares: words in the reader's language, answers saved as they are given, pages, a CSV file at the end.
"use strict";
const Form = (() => {
  const { name, title, words, data, language: first } = JSON.parse(document.getElementById("form-data").textContent);
  const prefix = `alambic-form/${name}/`;
  const main = document.getElementById("main"), status = document.getElementById("status");
  const given = new Map(); // what this page has answered, also where nothing can be saved
  const saved = JSON.parse(document.getElementById("form-saved")?.textContent ?? "null"); // by a server, which alone says so
  let language = first, show = () => {};

  function get(key) {
    if (given.has(key)) return given.get(key);
    if (saved && key in saved) return saved[key];
    try { return JSON.parse(localStorage.getItem(prefix + key)); } catch { return null; }
  }

  // Where answers are saved; `put` and `remove` may give promises of when that is done.
  const local = {
    put: (key, value) => localStorage.setItem(prefix + key, JSON.stringify(value)),
    remove: (keys) => { for (const key of keys) localStorage.removeItem(prefix + key); },
  };
  let store = local;

  // Save elsewhere from now on, where some is saved already.
  function storeIn(already, other) {
    for (const [key, value] of already) given.set(key, value);
    store = other;
  }

  async function put(key, value) {
    given.set(key, value);
    try { await (key === "language" ? local : store).put(key, value); } catch { warn(); } // which is read before all else
  }

  // The keys of what is saved in this browser.
  function keys() {
    const own = new Set(given.keys());
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) own.add(key.slice(prefix.length));
    } catch { warn(); }
    return [...own];
  }

  async function remove(...chosen) {
    for (const key of chosen) given.delete(key);
    try {
      local.remove(chosen);
      if (store !== local) await store.remove(chosen);
    } catch { warn(); }
  }

  function clear() { return remove(...keys().filter((key) => key !== "language")); }

  function warn() {
    const warning = document.getElementById("not-saved");
    warning.textContent = word("not_saved");
    warning.hidden = false;
  }

  // A text in the reader's language; {name} is filled in.
  function text(texts, values = {}) {
    const wording = typeof texts === "string" ? texts : texts[language];
    return wording.replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));
  }
  const word = (key, values) => text(words[key], values);

  // An element; what it holds are texts and elements, never HTML.
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  function announce(message) { status.textContent = message; }

  function csv(columns, rows) {
    const cell = (value) => `"${String(value ?? "").replace(/"/g, '""')}"`;
    const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
    return "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  function download(file, content) {
    const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
    const link = make("a", { href: address, download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // Pages 0 to count: an introduction, then one for each item, then the end. `missing(item)` gives what lacks an answer,
  // as {what, element}, or nothing; `item(number)`, `introduction()` and `end()` give elements.
  function pages(count, { introduction, item, end, missing = () => null, leave = () => {} }) {
    let place = Math.min(get("place") ?? 0, count + 1);
    function go(to) {
      leave();
      place = to;
      put("place", place);
      if (place > 0) put("begun", true);
      announce("");
      draw();
      main.querySelector("h2")?.focus();
      scrollTo(0, 0);
    }
    function forward(event) {
      event.preventDefault();
      const lacking = place > 0 && place <= count ? missing(place - 1) : null;
      if (lacking) {
        main.querySelector(".missing").textContent = word("missing", { what: lacking.what });
        lacking.element.focus();
        return;
      }
      go(place + 1);
    }
    function draw() {
      const heading = (content) => make("h2", { tabindex: "-1" }, content);
      if (place > count) {
        main.replaceChildren(...end(heading), back());
        return;
      }
      const next = make("button", { type: "submit" }, word(place ? "next" : get("begun") ? "resume" : "begin"));
      const content = place ? [heading(word("item", { number: place, count })), ...item(place - 1)] : introduction(heading);
      const buttons = place ? [back(), next] : [next];
      main.replaceChildren(
        make("form", { onsubmit: forward, novalidate: true, autocomplete: "off" }, ...content, make("p", { class: "missing", role: "alert" }), ...buttons),
      );
    }
    const back = () => make("button", { type: "button", onclick: () => go(place - 1) }, word("back"));
    addEventListener("pagehide", leave);
    addEventListener("visibilitychange", leave);
    display(draw);
    return { go, place: () => place };
  }

  // Draw now, and again in each language that is chosen.
  function display(draw) {
    show = draw;
    speak();
  }

  const choices = [...document.querySelectorAll(".languages input")];
  function speak() {
    document.documentElement.lang = language;
    document.title = text(title);
    document.getElementById("title").textContent = text(title);
    for (const choice of choices) choice.checked = choice.value === language;
    show();
  }
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      language = choice.value;
      put("language", language);
      announce("");
      speak();
    });
  }
  language = get("language") ?? first;
  put("language", language); // tells at once whether anything can be saved
  return { data, saved, get, put, storeIn, keys, remove, clear, text, word, make, announce, csv, download, pages, display, language: () => language };
})();
