// An explanation: words, or cells of an image, coloured by what they contributed, and the same in words.
"use strict";
const Explanation = (() => {
  const { make, word } = Form;
  const LISTED = 3; // words on each side

  function parts({ starts, ends, values }) {
    const most = Math.max(...values.map(Math.abs), 1e-9);
    return starts.map((start, place) => ({ start, end: ends[place], value: values[place], strength: Math.abs(values[place]) / most }))
      .sort((one, other) => one.start - other.start);
  }

  function mark(content, { value, strength }) {
    if (strength < 0.02) return content;
    const element = make("span", { class: value > 0 ? "for" : "against" }, content);
    element.style.setProperty("--strength", strength.toFixed(2));
    return element;
  }

  function coloured(text, explanation) {
    const content = [];
    let place = 0;
    for (const part of parts(explanation)) {
      if (part.start < place) continue; // words that overlap: the first one keeps its colour
      content.push(text.slice(place, part.start), mark(text.slice(part.start, part.end), part));
      place = part.end;
    }
    return make("div", { class: "text" }, ...content, text.slice(place));
  }

  // A line of the text is a row of the image, a character a cell.
  function overImage(image, text, explanation) {
    const rows = text.split("\n");
    const grid = make("div", { class: "cells", "aria-hidden": "true" });
    grid.style.setProperty("--columns", rows[0].length);
    const byStart = new Map(parts(explanation).map((part) => [part.start, part]));
    let place = 0;
    for (const row of rows) {
      for (let column = 0; column < row.length; column += 1) {
        const cell = make("span"), part = byStart.get(place + column);
        if (part && part.strength >= 0.02) {
          cell.className = part.value > 0 ? "for" : "against";
          cell.style.setProperty("--strength", part.strength.toFixed(2));
        }
        grid.append(cell);
      }
      place += row.length + 1;
    }
    return make("div", { class: "covered" }, image, grid);
  }

  function name(text, { start, end }, isImage) {
    if (!isImage) return `« ${text.slice(start, end)} »`;
    const before = text.slice(0, start).split("\n");
    return word("cell", { row: before.length, column: before.at(-1).length + 1 });
  }

  // What counts most, in words: for those who see no colours, and for all the same.
  function inWords(text, explanation, isImage) {
    const sorted = parts(explanation).sort((one, other) => other.strength - one.strength).filter((part) => part.strength >= 0.02);
    const listed = (side) => sorted.filter(side).slice(0, LISTED).map((part) => name(text, part, isImage)).join(", ") || word("nothing");
    return make("p", { class: "note in-words" }, word("counted", {
      for: listed((part) => part.value > 0), against: listed((part) => part.value < 0),
    }));
  }

  return { coloured, overImage, inWords };
})();
