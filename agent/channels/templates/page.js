"use strict";
(() => {
  const root = document.documentElement;
  const all = (query, where = document) => [...where.querySelectorAll(query)];

  // What was found: hover shows the reason, and lights up the list entry; the other way round too.
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (mark) => {
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };
  const refs = (mark) => mark.dataset.refs.split(" ");
  for (const mark of all(".mk")) {
    const entries = () => refs(mark).map((ref) => document.getElementById(ref)).filter(Boolean);
    const on = () => { show(mark); entries().forEach((entry) => entry.classList.add("lit")); };
    const off = () => { hide(); entries().forEach((entry) => entry.classList.remove("lit")); };
    mark.addEventListener("mouseenter", on);
    mark.addEventListener("focus", on);
    mark.addEventListener("mouseleave", off);
    mark.addEventListener("blur", off);
  }
  for (const entry of all("[data-ref]")) {
    const light = (on) => all(".mk").filter((mark) => refs(mark).includes(entry.dataset.ref)).forEach((mark) => mark.classList.toggle("lit", on));
    entry.addEventListener("mouseenter", () => light(true));
    entry.addEventListener("mouseleave", () => light(false));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  // Moments fold long posts behind 全文.
  for (const words of all(".words[data-fold]")) {
    const lines = Number(words.dataset.fold);
    if (!lines) continue;
    words.style.setProperty("--fold", lines);
    words.classList.add("folded");
    if (words.scrollHeight <= words.clientHeight + 2) { words.classList.remove("folded"); continue; }
    const button = Object.assign(document.createElement("button"), { type: "button", className: "unfold", textContent: "全文" });
    button.addEventListener("click", () => { button.textContent = words.classList.toggle("folded") ? "全文" : "收起"; });
    words.after(button);
  }

  // Dark mode of articles: their colours are written into them, so they are worked out anew, about as WeChat does.
  const AREAS = ["background-color"];
  const LINES = ["border-top-color", "border-right-color", "border-bottom-color", "border-left-color"];
  const NIGHT = [25, 25, 25];
  const numbers = (colour) => {
    const found = /^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/.exec(colour);
    return found && found[4] !== "0" ? found.slice(1, 4).map(Number) : null;
  };
  const bright = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c <= 10 ? c / 3294.6 : ((c / 255 + .055) / 1.055) ** 2.4));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [bright(one), bright(other)].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  };
  const mix = (one, other, share) => one.map((c, i) => Math.round(c * share + other[i] * (1 - share)));
  const css = (rgb) => `rgb(${rgb.join(", ")})`;
  const area = (rgb) => (bright(rgb) < .4 ? rgb : mix(rgb, NIGHT, .1));
  const line = (rgb) => (bright(rgb) > .3 ? mix(rgb, NIGHT, .3) : contrast(rgb, NIGHT) < 2 ? mix([255, 255, 255], rgb, .35) : rgb);
  const letters = (rgb, under) => {
    for (let share = 0; share < 1; share += .05) {
      const lighter = mix([255, 255, 255], rgb, share);
      if (contrast(lighter, under) >= 7 || (contrast(lighter, under) >= 4.5 && Math.max(...rgb) - Math.min(...rgb) > 40)) return lighter;
    }
    return [[255, 255, 255], NIGHT].sort((a, b) => contrast(b, under) - contrast(a, under))[0];
  };
  const written = new Map();
  const darken = (element, under, said) => {
    const style = element.style;
    if (style && element.getAttribute("style")) {
      written.set(element, element.getAttribute("style"));
      const seen = getComputedStyle(element);
      const changes = [];
      for (const name of AREAS) {
        const rgb = style.getPropertyValue(name) && numbers(seen.getPropertyValue(name));
        if (rgb) { under = area(rgb); changes.push([name, under]); }
      }
      for (const name of LINES) {
        const rgb = style.getPropertyValue(name) && numbers(seen.getPropertyValue(name));
        if (rgb) changes.push([name, line(rgb)]);
      }
      if (style.color) said = numbers(seen.color) || said;
      if (said && (style.color || changes.length)) changes.push(["color", letters(said, under)]);
      for (const [name, rgb] of changes) style.setProperty(name, css(rgb));
    }
    for (const child of element.children) darken(child, under, said);
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    for (const [element, style] of written) element.setAttribute("style", style);
    written.clear();
    if (root.dataset.mode === "dark" || (!root.dataset.mode && system.matches))
      for (const article of all(".wx")) for (const child of article.children) darken(child, NIGHT, null);
  };
  const choose = (mode) => {
    if (mode) root.dataset.mode = mode;
    else delete root.dataset.mode;
    for (const button of all("[data-set-mode]")) button.setAttribute("aria-pressed", button.dataset.setMode === mode);
    apply();
  };
  for (const button of all("[data-set-mode]")) button.addEventListener("click", () => choose(button.dataset.setMode));
  system.addEventListener("change", apply);
  choose("");
  root.dataset.height = Math.ceil(root.getBoundingClientRect().height);

  // Copying. The event works from a local file, where a browser may refuse the clipboard API, and hands over the
  // HTML as it is; the API is for browsers that have given the event up.
  const byEvent = (plain, html) => {
    const area = Object.assign(document.createElement("textarea"), { value: plain, className: "hidden", readOnly: true });
    const fill = (event) => {
      event.preventDefault();
      event.clipboardData.setData("text/plain", plain);
      if (html) event.clipboardData.setData("text/html", html);
    };
    document.body.append(area);
    document.addEventListener("copy", fill, { once: true });
    area.select();
    try { return document.execCommand("copy"); } catch { return false; } finally {
      document.removeEventListener("copy", fill);
      area.remove();
    }
  };
  const byClipboard = async (plain, html) => {
    try {
      const blobs = { "text/plain": new Blob([plain], { type: "text/plain" }) };
      if (html) blobs["text/html"] = new Blob([html], { type: "text/html" });
      await navigator.clipboard.write([new ClipboardItem(blobs)]);
      return true;
    } catch { return false; }
  };
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const { copy, from, text } = button.dataset;
      const plain = copy === "text" ? text : document.getElementById(`plain${from}`).value;
      const html = copy === "rich" ? document.getElementById(`rich${from}`).innerHTML : "";
      const done = byEvent(plain, html) || (await byClipboard(plain, html));
      button.focus({ preventScroll: true });
      const said = button.parentElement.querySelector(".done");
      said.textContent = done ? `${button.textContent}：好了` : "复制不了，请手动选中后复制";
      said.classList.toggle("failed", !done);
    });
  }
})();
