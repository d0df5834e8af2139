"use strict";
(() => {
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
  const light = (ref, on) => {
    for (const mark of document.querySelectorAll(".mk"))
      if (mark.dataset.refs.split(" ").includes(ref)) mark.classList.toggle("lit", on);
  };
  for (const mark of document.querySelectorAll(".mk")) {
    const entries = () => mark.dataset.refs.split(" ").map((ref) => document.getElementById(ref)).filter(Boolean);
    const on = () => { show(mark); entries().forEach((entry) => entry.classList.add("lit")); };
    const off = () => { hide(); entries().forEach((entry) => entry.classList.remove("lit")); };
    mark.addEventListener("mouseenter", on);
    mark.addEventListener("focus", on);
    mark.addEventListener("mouseleave", off);
    mark.addEventListener("blur", off);
  }
  for (const entry of document.querySelectorAll("[data-ref]")) {
    entry.addEventListener("mouseenter", () => light(entry.dataset.ref, true));
    entry.addEventListener("mouseleave", () => light(entry.dataset.ref, false));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => {
      const area = document.getElementById(`plain${button.dataset.copy}`);
      const plain = area.value;
      const rich = "rich" in button.dataset && document.getElementById(`rich${button.dataset.copy}`);
      // The copy event works from a local file, where the clipboard API may be refused.
      const fill = (event) => {
        event.preventDefault();
        event.clipboardData.setData("text/plain", plain);
        if (rich) event.clipboardData.setData("text/html", rich.innerHTML);
      };
      document.addEventListener("copy", fill, { once: true });
      area.focus({ preventScroll: true });
      area.select();
      const done = document.execCommand("copy");
      document.removeEventListener("copy", fill);
      button.focus({ preventScroll: true });
      const was = button.textContent;
      button.textContent = done ? "已复制" : "复制失败，请手动选择";
      setTimeout(() => { button.textContent = was; }, 1600);
    });
  }
})();
