// A question that is answered by a number from 1 on.
"use strict";
const Scale = (() => {
  const { make } = Form;
  function draw({ name, legend, low, high, most, value, change }) {
    const scale = make("div", { class: "scale" }, make("span", { class: "note" }, low));
    for (let number = 1; number <= most; number += 1) {
      const input = make("input", { type: "radio", name, value: number, checked: value === number });
      input.addEventListener("change", () => change(number));
      const meaning = number === 1 ? low : number === most ? high : "";
      scale.append(make("label", {}, input, ` ${number}`, meaning ? make("span", { class: "hidden" }, ` ${meaning}`) : ""));
    }
    scale.append(make("span", { class: "note" }, high));
    return make("fieldset", {}, make("legend", {}, legend), scale);
  }
  return { draw };
})();
