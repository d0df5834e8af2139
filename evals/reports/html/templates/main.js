// Wires everything up: filters, scrolling, the address bar, the keyboard, printing.
const PRINTED = 300;

const follow = () => {
  const found = /^#case=(\d+)$/.exec(location.hash);
  const one = found && CASES[Number(found[1]) - 1];
  if (one) show(one); else hide();
};

setUpFilters();
redraw();
follow();
addEventListener("hashchange", follow);

const form = $("filters");
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", redraw);
form.addEventListener("reset", () => setTimeout(redraw));
let typing = 0;
for (const id of ["q", "limit"]) $(id).addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(redraw, 120); });

new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting) && drawn < visible.length) drawMore(); }, { rootMargin: "800px" }).observe($("more"));

addEventListener("keydown", (event) => {
  if (opened === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") close();
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const buttons = sheet.querySelectorAll("nav button");
  if (event.key === "ArrowLeft") buttons[0].click();
  if (event.key === "ArrowRight") buttons[1].click();
});

// Paper has no scrolling: a printed report shows more rows, and says so when it stops.
addEventListener("beforeprint", () => {
  drawMore(Math.min(visible.length, PRINTED));
  if (drawn < visible.length) $("more").textContent = `只印了前 ${drawn.toLocaleString()} 例，共 ${visible.length.toLocaleString()} 例`;
  for (const one of document.querySelectorAll("details.parts, details.folded")) one.open = true;
});
document.documentElement.dataset.ready = "yes";
