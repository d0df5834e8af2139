// One case: the drafts side by side, differences and findings marked, scores with their reasons.
const sheet = $("sheet");
let opened = null;
let sample = "0";
let marked = true;
let reference = 0;
let back = null;

const SEVERITY = { block: "必须改", warn: "建议改", info: "已放行" };

// [start, end, class, note, ref] marks cut a text into runs that carry all marks over them.
const runs = (text, marks) => {
  const chars = Array.from(text);
  const kept = marks.map(([a, b, ...rest]) => [Math.max(0, a), Math.min(chars.length, b), ...rest]).filter(([a, b]) => a < b);
  const borders = [...new Set([0, chars.length, ...kept.flatMap(([a, b]) => [a, b])])].sort((x, y) => x - y);
  return borders.slice(1).map((end, i) => {
    const start = borders[i], over = kept.filter(([a, b]) => a <= start && end <= b);
    return { text: chars.slice(start, end).join(""), over };
  });
};

const marksOf = (row, name, pieces, side) => {
  const found = [];
  let at = 0;
  for (const [change, size] of pieces) {
    if (change !== 0 && change !== side) continue;
    if (change === side) found.push([at, at + size, side === 1 ? "gone" : "come", "", null]);
    at += size;
  }
  for (const [i, [severity, field, , start, end, , message]] of (row.findings ?? []).entries())
    if (field === name) found.push([start, end, severity, `${SEVERITY[severity]}：${message}`, `f${i}`]);
  for (const [scorer, , explanation, evidence] of row.scores)
    for (const [field, start, end] of evidence)
      if (field === name) found.push([start, end, "evidence", `${DATA.scorers[scorer].label}：${explanation}`, `s${scorer}`]);
  return found;
};

// The pieces between two arms for one field, and on which side `at` stands: 1 shows what went, 2 what came.
const piecesFor = (found, at, name) => {
  if (!marked || DATA.arms.length < 2) return [[], 2];
  const other = at === reference ? (DATA.arms.length === 2 ? 1 - at : null) : reference;
  if (other === null) return [[], 2];
  const [a, b] = at < other ? [at, other] : [other, at];
  const pieces = found.diffs[`${a}-${b}-${sample}`]?.[name] ?? [];
  // Marks always read from the reference to the other, whichever comes first in the file.
  const forward = a === reference;
  const turned = forward ? pieces : pieces.map(([change, size]) => [change === 0 ? 0 : 3 - change, size]);
  return [turned, at === reference ? 1 : 2];
};

const textOf = (row, field, pieces, side) => {
  const [name, , text] = field;
  return runs(text, marksOf(row, name, pieces, side)).map(({ text: piece, over }) => {
    if (!over.length) return document.createTextNode(piece);
    const notes = [...new Set(over.map((mark) => mark[3]).filter(Boolean))].join("\n");
    const refs = over.map((mark) => mark[4]).filter(Boolean).join(" ");
    const kinds = [...new Set(over.map((mark) => mark[2]))];
    const tag = kinds.includes("gone") ? "del" : kinds.includes("come") ? "ins" : "mark";
    return el(tag, { class: `mk ${kinds.join(" ")}`, title: notes || null, "data-refs": refs || null, text: piece });
  });
};

const light = (column, ref, on) => {
  for (const mark of column.querySelectorAll("[data-refs]"))
    if (mark.dataset.refs.split(" ").includes(ref)) mark.classList.toggle("lit", on);
};

const findingsOf = (row) => {
  if (!row.findings?.length) return null;
  return el("ul", { class: "findings" }, ...row.findings.map(([severity, , where, , , text, message, rewrite, law], i) => el("li", {
    class: severity,
    onmouseenter: (event) => light(event.target.closest(".draft"), `f${i}`, true),
    onmouseleave: (event) => light(event.target.closest(".draft"), `f${i}`, false),
  }, el("span", { class: "sev", text: SEVERITY[severity] }), el("span", { text: [where, text && `「${text}」`, message].filter(Boolean).join(" ") }),
  law ? el("small", { text: law }) : null, rewrite ? el("small", { text: `可改成：${rewrite}` }) : null)));
};

const draftOf = (found, at) => {
  const row = found.cells[at][sample], short = opened.cells[at];
  const head = el("header", {}, el("i", { class: `key ${armClass(at)}`, text: DATA.arms[at].key }), el("b", { text: DATA.arms[at].label }));
  const column = el("article", { class: `draft ${armClass(at)}` }, head);
  if (!row) {
    column.append(el("p", { class: "nothing", text: "没有结果：这一行还没有跑，或者没有存下来。它不算 0 分，也不算通过。" }));
    return column;
  }
  const place = Object.keys(found.cells[at]).indexOf(sample), [code, , cost, latency, tokens] = short[place];
  head.append(el("span", { class: `verdict ${VERDICT_CLASS[code]}`, text: VERDICTS[code] }));
  if (row.error) column.append(el("p", { class: "nothing error", text: row.error }));
  else if (!row.fields.length) column.append(el("p", { class: "nothing", text: "模型答了，但读不出文案；原因见下面的检查。" }));
  for (const field of row.fields) {
    const [pieces, side] = piecesFor(found, at, field[0]);
    column.append(el("section", { class: `field ${field[0].replace(/[^a-z_]/g, " ")}` },
      row.fields.length > 1 ? el("h4", { text: field[1] }) : null, el("div", { class: "copy" }, ...textOf(row, field, pieces, side))));
  }
  const made = (row.made ?? []).map((pair) => pair.join(" "));
  if (tokens) made.push(`${tokens.toLocaleString()} tokens`);
  if (cost !== null) made.push(`${figure(cost)} 元`);
  if (latency) made.push(latency < 1 ? `${Math.round(latency * 1000)} 毫秒` : `${latency.toFixed(1)} 秒`);
  column.append(findingsOf(row) ?? "", el("p", { class: "made", text: made.join(" · ") }));
  return column;
};

const scoreCell = (cell, value) => {
  if (!cell) return el("td", { class: "none", text: "—" });
  const [, passed, explanation, , must] = cell;
  const state = passed === null ? null : el("span", { class: `verdict ${passed ? "pass" : must ? "must" : "fail"}`, text: passed ? "过" : must ? "必须过没过" : "没过" });
  return el("td", {}, el("b", { text: figure(value) }), state, el("small", { text: explanation }));
};

// Scores that fail or differ come first; what passes alike on all sides is folded away.
const scoresOf = (found) => {
  const rows = [[], [], []];
  for (const [at, scorer] of DATA.scorers.entries()) {
    const cells = arms.map((arm) => found.cells[arm][sample]?.scores.find((score) => score[0] === at));
    if (cells.every((cell) => cell === undefined)) continue;
    const values = arms.map((arm, i) => (cells[i] ? opened.cells[arm][Object.keys(found.cells[arm]).indexOf(sample)][1][at] : undefined));
    const place = cells.some((cell) => cell && cell[1] === false) ? 0 : new Set(values).size > 1 ? 1 : 2;
    const name = el("th", { scope: "row" }, scorer.label, scorer.advisory ? el("em", { class: "advice", text: "只供参考" }) : null);
    rows[place].push(el("tr", {}, name, ...cells.map((cell, i) => scoreCell(cell, values[i]))));
  }
  const table = (lines) => {
    const head = el("tr", {}, el("th", { scope: "col", text: "评分项" }), ...arms.map((arm) => el("th", { scope: "col" }, el("i", { class: `key ${armClass(arm)}`, text: DATA.arms[arm].key }))));
    return el("div", { class: "scroll" }, el("table", { class: "scores" }, el("thead", {}, head), el("tbody", {}, ...lines)));
  };
  const told = [...rows[0], ...rows[1]], rest = rows[2];
  const summary = arms.length > 1 ? `其余 ${rest.length} 项各边一样` : `其余 ${rest.length} 项没有问题`;
  return [
    told.length ? table(told) : null,
    rest.length ? el("details", { open: !told.length }, el("summary", { text: summary }), table(rest)) : null,
  ];
};

const button = (text, label, onclick, options = {}) => el("button", { type: "button", text, "aria-label": label, onclick, ...options });

const controls = (found) => {
  const samples = [...new Set(found.cells.flatMap((cell) => Object.keys(cell)))].sort((a, b) => a - b);
  const parts = [];
  if (samples.length > 1) parts.push(el("span", { class: "choice", role: "group", "aria-label": "第几次" }, ...samples.map((one) =>
    button(`第 ${Number(one) + 1} 次`, `第 ${Number(one) + 1} 次`, () => { sample = one; draw(); }, { "aria-pressed": String(one === sample) }))));
  if (arms.length > 1) parts.push(el("label", { class: "check" }, el("input", { type: "checkbox", checked: marked, id: "marks", onchange: (event) => { marked = event.target.checked; draw(); } }), "标出差别"));
  if (arms.length > 2) parts.push(el("label", {}, "对照", el("select", { onchange: (event) => { reference = Number(event.target.value); draw(); } },
    ...arms.map((at) => el("option", { value: at, selected: at === reference, text: DATA.arms[at].key })))));
  return parts.length ? el("div", { class: "controls" }, ...parts) : null;
};

// Why two texts carry no marks although they differ.
const plainNote = (found) => {
  if (arms.length !== 2 || !marked) return null;
  const [a, b] = found.cells.map((cell) => cell[sample]);
  if (!a || !b) return null;
  const pieces = found.diffs[`0-1-${sample}`] ?? {};
  const texts = new Map(a.fields.map((field) => [field[0], field[2]]));
  const unlike = b.fields.some(([name, , text]) => texts.has(name) && texts.get(name) !== text && !pieces[name]);
  if (a.fields.length && b.fields.every(([name, , text]) => texts.get(name) === text)) return el("p", { class: "plain", text: "两边一字不差。" });
  return unlike ? el("p", { class: "plain", text: "两边几乎没有相同的话，逐字标差别没有意义，直接对着读。" }) : null;
};

const draw = () => {
  const found = details(opened), place = visible.indexOf(opened);
  const step = (by) => { const next = visible[place + by]; if (next) location.replace(addressOf(next)); };
  const bar = el("header", { class: "bar" },
    el("div", {}, el("h2", { id: "sheet-title", text: opened.id }), el("p", { text: [opened.persona, ...opened.tags].filter(Boolean).join(" · ") })),
    el("nav", { "aria-label": "用例" }, el("span", { class: "at", text: place < 0 ? "" : `${(place + 1).toLocaleString()} / ${visible.length.toLocaleString()}` }),
      button("‹", "上一例", () => step(-1), { disabled: place <= 0 }), button("›", "下一例", () => step(1), { disabled: place < 0 || place >= visible.length - 1 }),
      button("×", "关闭", close, { id: "close" })));
  const brief = found.brief.length ? el("dl", { class: "brief" }, ...found.brief.map(([name, text]) => el("div", {}, el("dt", { text: name }), el("dd", { text })))) : null;
  const drafts = el("div", { class: "drafts" }, ...arms.map((at) => draftOf(found, at)));
  drafts.style.setProperty("--arms", String(arms.length));
  sheet.replaceChildren(...[bar, el("div", { class: "inner" }, ...[brief, controls(found), plainNote(found), drafts, ...scoresOf(found)].filter(Boolean))].filter(Boolean));
};

const show = (one) => {
  const fresh = opened === null;
  opened = one;
  const samples = details(one).cells.flatMap((cell) => Object.keys(cell));
  if (!samples.includes(sample)) sample = samples[0] ?? "0";
  if (fresh) back = document.activeElement;
  draw();
  sheet.hidden = false;
  sheet.scrollTop = 0;
  document.body.classList.add("opened");
  $("report").inert = true;
  $("close").focus({ preventScroll: true });
};

const close = () => { history.replaceState(null, "", location.pathname + location.search); hide(); };

const hide = () => {
  if (opened === null) return;
  const address = addressOf(opened);
  opened = null;
  sheet.hidden = true;
  sheet.replaceChildren();
  document.body.classList.remove("opened");
  $("report").inert = false;
  // The row that was pressed may have been drawn anew meanwhile.
  (back?.isConnected && back !== document.body ? back : [...matrix.querySelectorAll("a.row")].find((row) => row.hash === address))?.focus?.({ preventScroll: true });
};
