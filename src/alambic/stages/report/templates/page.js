// What the page can do beyond being read: filters, values where one points, the reader's language. Nothing needs it.
"use strict";
(() => {
  const $ = (selector) => [...document.querySelectorAll(selector)];
  const form = document.querySelector(".filters");
  const output = document.querySelector(".filtered");
  const languages = $(".languages input");
  const remembered = {
    get() { try { return localStorage.getItem("alambic-language"); } catch { return null; } },
    set(value) { try { localStorage.setItem("alambic-language", value); } catch { /* private window */ } },
  };

  function speak() {
    const language = languages.find((input) => input.checked).value;
    document.documentElement.lang = language;
    for (const drawing of $("svg[data-label-fr]")) {
      drawing.dataset.labelEn ??= drawing.getAttribute("aria-label");
      drawing.setAttribute("aria-label", language === "fr" ? drawing.dataset.labelFr : drawing.dataset.labelEn);
    }
    filter();
  }

  // An element with names of models or of a task is hidden where one of them is not chosen.
  function filter() {
    if (!form) return;
    const boxes = (name) => [...form.querySelectorAll(`input[name="${name}"]`)];
    const without = (name) => new Set(boxes(name).filter((box) => !box.checked).map((box) => box.value));
    const families = without("family"), tasks = without("task"), models = without("model");
    for (const box of boxes("model")) if (families.has(box.dataset.of)) models.add(box.value);
    for (const element of $("[data-model], [data-task]")) {
      const { model = "", task = "" } = element.dataset;
      const hidden = tasks.has(task) || model.split(" ").some((name) => models.has(name));
      if (element instanceof HTMLElement) element.hidden = hidden;
      else element.style.display = hidden ? "none" : "";
    }
    const names = [...tasks, ...models];
    output.textContent = names.length ? `${output.dataset[document.documentElement.lang]} ${names.join(", ")}` : "";
  }

  const tip = document.getElementById("tip");
  function show(element, x, y) {
    const french = document.documentElement.lang === "fr";
    tip.textContent = (french && element.dataset.tipFr) || element.dataset.tip;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 8 : y + 18}px`;
  }
  const hide = () => { tip.hidden = true; };
  for (const title of $("[data-tip] > title")) title.remove(); // the browser's own, which would show twice
  document.addEventListener("pointerover", (event) => {
    const element = event.target.closest("[data-tip]");
    if (element) show(element, event.clientX, event.clientY);
    else hide();
  });
  document.addEventListener("focusin", (event) => {
    const element = event.target.closest("[data-tip]");
    if (!element) return hide();
    const box = element.getBoundingClientRect();
    show(element, box.left, box.bottom - 12);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  const wanted = remembered.get() ?? (navigator.language.startsWith("fr") ? "fr" : "en");
  for (const input of languages) {
    if (input.value === wanted) input.checked = true;
    input.addEventListener("change", () => { remembered.set(input.value); speak(); });
  }
  speak();
})();
