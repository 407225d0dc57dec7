"use strict";
const form = document.getElementById("question"), text = document.getElementById("text");
const second = document.getElementById("second"), pair = document.getElementById("pair");
const status = document.getElementById("status"), answer = document.getElementById("answer");

fetch("/health").then((reply) => reply.json()).then((state) => {
  document.getElementById("model").textContent = state.model;
  pair.hidden = !state.pairs;
  second.required = state.pairs;
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = "Calcul…";
  answer.replaceChildren();
  try {
    const reply = await fetch("/answer", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ texts: [text.value], seconds: pair.hidden ? [] : [second.value] }),
    });
    const content = await reply.json();
    if (!reply.ok) throw new Error(content.detail);
    show(text.value, content.answers[0]);
  } catch (error) {
    status.textContent = `Pas de réponse : ${error.message}`;
  }
});
for (const field of [text, second]) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

function show(asked, given) {
  if (given.entities) {
    status.textContent = `${given.entities.length} entité(s)`;
    showEntities(Array.from(asked), given.entities); // offsets count characters, not UTF-16 units
  } else {
    status.textContent = given.labels.length ? "" : "Aucune étiquette";
    showLabels(given.labels);
  }
}

function showEntities(characters, entities) {
  let place = 0;
  for (const entity of entities) {
    answer.append(characters.slice(place, entity.start).join(""));
    const mark = document.createElement("mark"), label = document.createElement("b");
    label.textContent = entity.label;
    mark.title = `${entity.label} ${(100 * entity.score).toFixed(0)} %`;
    mark.append(characters.slice(entity.start, entity.end).join(""), label);
    answer.append(mark);
    place = entity.end;
  }
  answer.append(characters.slice(place).join(""));
}

function showLabels(labels) {
  const table = document.createElement("table");
  for (const label of labels) {
    const row = table.insertRow();
    row.insertCell().textContent = label.label;
    row.insertCell().textContent = `${(100 * label.score).toFixed(1)} %`;
  }
  answer.append(table);
}
