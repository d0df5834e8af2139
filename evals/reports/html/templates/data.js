"use strict";
// What the page holds: the index is read at once, the details of a case when it is first opened or searched.
const DATA = JSON.parse(document.getElementById("index").textContent);
const LINES = document.getElementById("details").textContent.split("\n");
const VERDICTS = ["出错", "未过", "通过", "只有分数", "必须过没过"];
const VERDICT_CLASS = ["error", "fail", "pass", "measured", "must"];
const MISSING = -1;

const CASES = DATA.cases.map(([id, tags, persona, same, cells], at) => ({ at, id, tags, persona, same, cells }));
// A case's address within the page is its number: ids may hold what no address can.
const addressOf = (one) => `#case=${one.at + 1}`;

const details = (one) => (one.details ??= JSON.parse(LINES[one.at]));

// Everything that a search looks through, lower case.
const haystack = (one) => {
  if (one.hay === undefined) {
    const found = details(one);
    const texts = found.cells.flatMap((cell) => Object.values(cell).flatMap((row) => [row.error, ...row.fields.map((f) => f[2])]));
    one.hay = [one.id, one.persona, ...one.tags, ...found.brief.map((pair) => pair[1]), ...texts].join("\n").toLowerCase();
  }
  return one.hay;
};

// The mean of a scorer over a cell's samples; null where none has a value.
const mean = (cell, scorer) => {
  let sum = 0, n = 0;
  for (const row of cell) if (row[1][scorer] !== null) { sum += row[1][scorer]; n += 1; }
  return n ? sum / n : null;
};

// The worst thing that happened in a cell, as an index of VERDICTS; MISSING for no row at all.
const WORST_FIRST = [0, 4, 1, 3, 2];
const verdictOf = (cell) => {
  for (const code of WORST_FIRST) if (cell.some((row) => row[0] === code)) return code;
  return MISSING;
};

// How an arm's value stands against its reference's: in the scorer's good direction, null where either is missing.
const gain = (one, arm, scorer) => {
  if (DATA.arms[arm].ref === null) return null;
  const was = mean(one.cells[DATA.arms[arm].ref], scorer), now = mean(one.cells[arm], scorer);
  if (was === null || now === null) return null;
  return (now - was) * (DATA.scorers[scorer].up === false ? -1 : 1);
};

const figure = (value) => {
  if (value === null || value === undefined) return "—";
  const size = Math.abs(value);
  let text = size >= 1000 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size < 1 ? size.toFixed(3) : size.toFixed(2);
  if (Number(text) === 0) return "0";
  if (text.includes(".")) text = text.replace(/0+$/, "").replace(/\.$/, "");
  return (value < 0 ? "−" : "") + text;
};

// Builds an element; texts are only ever set as text.
const el = (name, options = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const armClass = (at) => `arm${at % 6}`;
