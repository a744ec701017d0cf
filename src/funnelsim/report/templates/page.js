"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const grid = JSON.parse(at("grid").textContent);
  const amount = at("amount"), rates = at("rates");
  const tell = (slider, text) => {
    slider.setAttribute("aria-valuetext", text);
    at(slider.id + "-now").textContent = text;
  };
  const show = () => {
    const n = Number(amount.value), row = grid.rates[rates ? Number(rates.value) : grid.start[1]];
    tell(amount, grid.amounts[n]);
    if (rates) tell(rates, row.name);
    at("answer").textContent = row.answers[n];
    at("reached").setAttribute("width", row.shares[n]);
    for (const name of ["commit", "likely", "stretch", "mean"]) at("if-" + name).textContent = row[name];
  };
  for (const slider of [amount, rates]) if (slider) slider.addEventListener("input", show);
  const colours = at("colours"), root = document.documentElement;
  colours.addEventListener("click", () => {
    const isDark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.colours = isDark ? "light" : "dark";
  });
  addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details.paper")) one.open = true; });
  for (const hidden of [at("controls"), colours]) hidden.hidden = false;
  show();
})();
