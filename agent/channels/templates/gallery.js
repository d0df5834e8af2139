"use strict";
(() => {
  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  const fields = ["form", "product", "persona", "state"];
  const cards = [...document.querySelectorAll(".card")];
  let texts = null;
  const read = () => cards.map((card) => card.textContent.toLowerCase());
  const filter = () => {
    const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) texts ??= read();
    let shown = 0;
    cards.forEach((card, i) => {
      const fits = fields.every((name) => !at(name).value || card.dataset[name] === at(name).value)
        && words.every((word) => texts[i].includes(word));
      card.hidden = !fits;
      shown += fits;
    });
    at("count").textContent = shown === cards.length ? `${shown} 稿` : `${shown} / ${cards.length} 稿`;
    at("none").hidden = shown > 0;
  };
  for (const name of fields) at(name).addEventListener("change", filter);
  let waiting = 0;
  at("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });

  // A folded post opens and closes where it is touched.
  at("cards").addEventListener("click", (event) => {
    const words = event.target.closest(".feed .words");
    if (words && !getSelection().toString()) words.classList.toggle("folded");
  });

  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.mode ? root.dataset.mode === "dark" : system.matches);
  const name = () => { at("mode").textContent = dark() ? "浅色" : "深色"; };
  at("mode").addEventListener("click", () => { root.dataset.mode = dark() ? "light" : "dark"; name(); });
  system.addEventListener("change", name);
  name();
})();
