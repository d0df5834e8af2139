// The matrix of cases and variants: filtered and sorted at once, drawn a screenful at a time.
const CHUNK = 60;
const $ = (id) => document.getElementById(id);
const matrix = $("matrix");
let visible = CASES;
let drawn = 0;
let span = [0, 1];

const option = (value, text) => el("option", { value, text });
const fill = (id, options) => $(id).replaceChildren(...options);

const setUpFilters = () => {
  const counted = (of) => {
    const counts = new Map();
    for (const one of CASES) for (const name of of(one)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].map(([name, n]) => option(`=${name}`, `${name}（${n}）`));
  };
  fill("tag", [option("", "全部"), ...counted((one) => one.tags)]);
  fill("persona", [option("", "全部"), ...counted((one) => (one.persona ? [one.persona] : []))]);
  fill("outcome", [
    option("", "全部"), option("must", "必须过没过"), option("fail", "有未过"), option("error", "出错"),
    option("missing", "缺结果"), option("pass", "全部通过"),
  ]);
  fill("scorer", DATA.scorers.map((one, at) => option(String(at), one.label)));
  // As the default, so that clearing the form comes back to it.
  if (DATA.scorers.length) { $("scorer").options[DATA.lead].defaultSelected = true; $("scorer").value = String(DATA.lead); }
  const many = later.length > 0;
  fill("change", [
    option("", "全部"), option("text", "文字不同"), option("verdict", "结果不同"), option("worse", "这一项变差"), option("better", "这一项变好"),
  ]);
  $("change").closest("label").hidden = !many;
  fill("sort", [
    option("", "评测集的顺序"), option("bad", "先看没过的"), option("low", "分数从低到高"), option("high", "分数从高到低"),
    ...(many ? [option("fall", "变差最多的"), option("rise", "变好最多的")] : []), option("cost", "费用从高到低"),
  ]);
  const hide = (id) => { $(id).closest("label").hidden = $(id).options.length < 3 && !$(id).value; };
  hide("tag"); hide("persona");
};

const tests = {
  must: (codes) => codes.includes(4),
  fail: (codes) => codes.includes(1) || codes.includes(4),
  error: (codes) => codes.includes(0),
  missing: (codes) => codes.includes(MISSING),
  pass: (codes) => codes.every((code) => code === 2),
};

const arms = DATA.arms.map((_, at) => at);
const later = arms.filter((at) => DATA.arms[at].ref !== null);
const pair = later.length === 1 && arms.length === 2;
const scorerNow = () => Number($("scorer").value || 0);
const spread = (one, scorer, best) => {
  const found = later.map((arm) => gain(one, arm, scorer)).filter((value) => value !== null);
  return found.length ? (best ? Math.max(...found) : Math.min(...found)) : null;
};
const changes = {
  text: (one) => !one.same,
  verdict: (one) => new Set(one.cells.map(verdictOf)).size > 1,
  worse: (one, scorer) => later.some((arm) => (gain(one, arm, scorer) ?? 0) < -1e-9),
  better: (one, scorer) => later.some((arm) => (gain(one, arm, scorer) ?? 0) > 1e-9),
};

const chosen = () => {
  const words = $("q").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const tag = $("tag").value.slice(1), persona = $("persona").value.slice(1);
  const outcome = tests[$("outcome").value], change = changes[$("change").value];
  const scorer = scorerNow(), op = $("op").value, limit = $("limit").valueAsNumber;
  const bounded = op && !Number.isNaN(limit);
  return CASES.filter((one) => {
    if (tag && !one.tags.includes(tag)) return false;
    if (persona && one.persona !== persona) return false;
    if (outcome && !outcome(one.cells.map((cell) => verdictOf(cell)))) return false;
    if (change && !change(one, scorer)) return false;
    if (bounded && !one.cells.some((cell) => {
      const value = mean(cell, scorer);
      return value !== null && (op === "le" ? value <= limit : value >= limit);
    })) return false;
    return words.every((word) => haystack(one).includes(word));
  });
};

const lastFirst = (value, sign) => (value === null ? Infinity : value * sign);
const extreme = (one, scorer, best) => {
  const found = one.cells.map((cell) => mean(cell, scorer)).filter((value) => value !== null);
  return found.length ? (best ? Math.max(...found) : Math.min(...found)) : null;
};
const keys = {
  bad: (one) => Math.min(...one.cells.map((cell) => [2, 1, 4, 3, 0][verdictOf(cell)] ?? 2.5)),
  low: (one, scorer) => lastFirst(extreme(one, scorer, false), 1),
  high: (one, scorer) => lastFirst(extreme(one, scorer, true), -1),
  fall: (one, scorer) => lastFirst(spread(one, scorer, false), 1),
  rise: (one, scorer) => lastFirst(spread(one, scorer, true), -1),
  cost: (one) => -one.cells.flat().reduce((sum, row) => sum + (row[2] ?? 0), 0),
};

const sorted = (found) => {
  const key = keys[$("sort").value];
  if (!key) return found;
  const scorer = scorerNow();
  return found.map((one) => [key(one, scorer), one]).sort((a, b) => a[0] - b[0] || a[1].at - b[1].at).map((pair) => pair[1]);
};

const rangeOf = (scorer) => {
  let low = Infinity, high = -Infinity;
  for (const one of CASES) for (const cell of one.cells) {
    const value = mean(cell, scorer);
    if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
  }
  return [Math.min(low, 0), high > low ? high : low + 1];
};

const cellOf = (one, at, scorer) => {
  const cell = one.cells[at], code = verdictOf(cell), value = mean(cell, scorer);
  const shown = el("span", { class: "value", text: figure(value) });
  const bar = el("i", { class: `meter ${armClass(at)}` });
  if (value !== null) bar.style.setProperty("--part", Math.max(0, (value - span[0]) / (span[1] - span[0])).toFixed(3));
  const label = code === MISSING ? "缺" : VERDICTS[code];
  const verdict = el("span", { class: `verdict ${code === MISSING ? "missing" : VERDICT_CLASS[code]}`, text: label });
  if (code === 0 || code === MISSING) return el("span", { class: "cell", role: "cell", "data-arm": DATA.arms[at].key }, verdict);
  const samples = cell.length > 1 ? el("small", { text: `n=${cell.length}` }) : null;
  return el("span", { class: "cell", role: "cell", "data-arm": DATA.arms[at].key }, verdict, shown, bar, samples);
};

const rowOf = (one, scorer) => {
  const about = [one.persona, ...one.tags].filter(Boolean).join(" · ");
  const name = el("span", { class: "case", role: "rowheader" }, el("b", { text: one.id }), el("small", { text: about }));
  const cells = arms.map((at) => cellOf(one, at, scorer));
  let change = null;
  if (pair) {
    const was = mean(one.cells[0], scorer), now = mean(one.cells[1], scorer), good = gain(one, 1, scorer);
    const kind = good === null || DATA.scorers[scorer].up === null || Math.abs(good) < 1e-9 ? "" : good > 0 ? "better" : "worse";
    const value = good === null ? null : now - was;
    change = el("span", { class: `delta ${kind}`, role: "cell", text: (value > 0 ? "+" : "") + figure(value) });
  }
  return el("a", { class: "row", role: "row", href: addressOf(one) }, name, ...cells, change);
};

const headRow = (scorer) => {
  const label = DATA.scorers[scorer]?.label ?? "";
  const names = arms.map((at) => el("span", { class: "cell", role: "columnheader" }, el("i", { class: `key ${armClass(at)}`, text: DATA.arms[at].key }), el("small", { text: label })));
  const change = pair ? el("span", { class: "delta", role: "columnheader", text: "差" }) : null;
  return el("div", { class: "row head", role: "row" }, el("span", { class: "case", role: "columnheader", text: "用例" }), ...names, change);
};

const drawMore = (upTo = drawn + CHUNK) => {
  const scorer = scorerNow(), end = Math.min(visible.length, upTo);
  const piece = document.createDocumentFragment();
  for (; drawn < end; drawn += 1) piece.append(rowOf(visible[drawn], scorer));
  matrix.append(piece);
  $("more").textContent = drawn < visible.length ? `还有 ${(visible.length - drawn).toLocaleString()} 例，往下滚动继续` : "";
};

const redraw = () => {
  visible = sorted(chosen());
  drawn = 0;
  if (DATA.scorers.length) span = rangeOf(scorerNow());
  const narrow = visible.length < CASES.length;
  $("shown").textContent = narrow ? `显示 ${visible.length.toLocaleString()} / ${CASES.length.toLocaleString()} 例` : `${CASES.length.toLocaleString()} 例`;
  matrix.style.setProperty("--arms", String(arms.length));
  matrix.classList.toggle("paired", pair);
  matrix.replaceChildren(headRow(scorerNow()));
  if (!visible.length) matrix.append(el("p", { class: "none", text: CASES.length ? "没有符合条件的用例。" : "这次评测还没有一行结果。" }));
  drawMore();
};
