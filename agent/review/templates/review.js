"use strict";
(() => {
  const sets = [...document.querySelectorAll("fieldset[data-review]")];
  const verdict = (set) => set.querySelector("input[type=radio]:checked")?.value ?? "";
  const comment = (set) => set.querySelector("textarea").value.trim();
  const person = (set) => set.querySelector("input[type=text]");
  let unsaved = false;

  // A saved page keeps attributes, not what was typed: write the one into the other.
  const keep = () => {
    for (const set of sets) {
      for (const radio of set.querySelectorAll("input[type=radio]")) radio.toggleAttribute("checked", radio.checked);
      const area = set.querySelector("textarea");
      area.textContent = area.value;
      person(set).setAttribute("value", person(set).value);
    }
    const done = sets.filter(verdict).length;
    document.getElementById("progress").textContent = done ? `已填 ${done} / ${sets.length}` : "还没有填";
  };
  document.addEventListener("input", () => { unsaved = true; keep(); });
  document.addEventListener("change", (event) => {
    // One person reviews all drafts: their name goes into the role's other empty blanks.
    const from = event.target.closest("fieldset");
    if (from && event.target.type === "text")
      for (const set of sets)
        if (set.dataset.role === from.dataset.role && !person(set).value) person(set).value = event.target.value;
    keep();
  });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  const said = (button, text) => {
    const was = button.textContent;
    button.textContent = text;
    setTimeout(() => { button.textContent = was; }, 2000);
  };
  // Whoever has said something must be named.
  const ready = (button) => {
    const used = sets.filter((set) => verdict(set) || comment(set));
    const bad = used.find((set) => !verdict(set) || !person(set).value.trim());
    if (used.length && !bad) return true;
    (bad ?? sets[0])?.scrollIntoView({ block: "center" });
    said(button, !used.length ? "还没有填结论" : !verdict(bad) ? "这一处没选结论" : "这一处没写姓名");
    return false;
  };

  document.getElementById("save").addEventListener("click", (event) => {
    if (!ready(event.currentTarget)) return;
    keep();
    const page = new Blob(["<!doctype html>\n" + document.documentElement.outerHTML], { type: "text/html" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(page);
    link.download = `${decodeURIComponent(location.pathname.split("/").pop() || "审阅单").replace(/(-已填)?\.html?$/i, "")}-已填.html`;
    link.click();
    URL.revokeObjectURL(link.href);
    unsaved = false;
  });

  document.getElementById("copy").addEventListener("click", (event) => {
    const button = event.currentTarget;
    if (!ready(button)) return;
    const text = ["文案审阅答复"].concat(
      sets.filter(verdict).map((set) => [
        `稿件 ${set.dataset.id} · ${set.dataset.code}`,
        `角色：${set.dataset.role}`,
        `结论：${verdict(set)}`,
        `意见：${comment(set)}`,
        `姓名：${person(set).value.trim()}`,
      ].join("\n")),
    ).join("\n\n");
    const fill = (copying) => { copying.preventDefault(); copying.clipboardData.setData("text/plain", text); };
    // The copy event works from a local file, where the clipboard API may be refused.
    document.addEventListener("copy", fill, { once: true });
    const done = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    if (done) unsaved = false;
    said(button, done ? "已复制，发回即可" : "复制失败，请存成文件");
  });
})();
