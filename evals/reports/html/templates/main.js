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
const asked = () => Array.from(form.elements, (one) => one.value).join("\n");
let answered = asked();

// Pressing a row ends typing in a field, whose `change` comes before the button is let go. Were the list
// drawn anew then, the pressed row would be gone and the click lost, so it waits for the click.
let pressed = false;
const renew = () => {
  if (pressed || asked() === answered) return;
  answered = asked();
  redraw();
  if (opened !== null) show(opened);
};
const release = () => setTimeout(() => { pressed = false; renew(); });
matrix.addEventListener("pointerdown", () => { pressed = true; });
addEventListener("pointerup", release);
addEventListener("pointercancel", release);

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", renew);
form.addEventListener("reset", () => setTimeout(renew));
let typing = 0;
for (const id of ["q", "limit"]) $(id).addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(renew, 120); });

// Watched anew after each piece: on a very tall window the foot is still in view, which is no change to tell of.
new IntersectionObserver((entries, watcher) => {
  if (drawn >= visible.length || !entries.some((entry) => entry.isIntersecting)) return;
  drawMore();
  watcher.unobserve($("more"));
  watcher.observe($("more"));
}, { rootMargin: "800px" }).observe($("more"));

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
