// Search, and what belongs to a table in a diagram. Without it every page is complete; only these two are missing.
"use strict";

(() => {
  const most = 30;
  const make = (kind, attributes) => {
    const made = document.createElement(kind);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const input = make("input", {
    type: "search", placeholder: "Search ( / )", autocomplete: "off", role: "combobox", "aria-label": "Search",
    "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  const list = make("ul", { id: "found", role: "listbox", "aria-label": "Found", hidden: "" });
  const search = make("div", { class: "search", role: "search" });
  search.append(input, list);
  document.querySelector(".top").append(search);
  const root = document.body.dataset.root;
  const entries = (window.searchIndex || []).map(([kind, name, page, comment, columns]) => ({
    kind, name, page, comment, columns, lower: name.toLowerCase(), all: `${name} ${comment} ${columns}`.toLowerCase(),
  }));
  let chosen = -1;

  // A name that begins so, then one that has it, then what only speaks of it.
  function rank(entry, words) {
    if (!words.every((word) => entry.all.includes(word))) return -1;
    const bare = entry.lower.slice(entry.lower.indexOf(".") + 1);
    if (bare.startsWith(words[0])) return 0;
    return words.every((word) => entry.lower.includes(word)) ? 1 : 2;
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const ranked = words.length ? entries.map((entry) => [rank(entry, words), entry]).filter(([place]) => place >= 0) : [];
    ranked.sort(([a, one], [b, other]) => a - b || one.name.length - other.name.length);
    list.replaceChildren(...ranked.slice(0, most).map(([, entry], place) => {
      const item = make("li", { role: "presentation" });
      const link = make("a", {
        href: root + entry.page, id: `found-${place}`, tabindex: "-1", role: "option", "aria-selected": "false",
      });
      const name = make("bdi", { class: "name" });
      const kind = make("span", { class: "kind" });
      const told = make("small", {});
      const column = entry.columns.split(" ").find((one) => one.toLowerCase().includes(words[0]));
      name.textContent = entry.name;
      kind.textContent = ` ${entry.kind}`;
      told.textContent = entry.lower.includes(words[0]) || !column ? entry.comment : `column ${column}`;
      link.append(name, kind, told);
      item.append(link);
      return item;
    }));
    if (words.length && !ranked.length) {
      const item = make("li", { class: "quiet" });
      item.textContent = "Nothing of that name.";
      list.append(item);
    }
    list.hidden = !words.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(ranked.length ? 0 : -1);
  }

  function choose(place) {
    const links = list.querySelectorAll("a");
    chosen = links.length ? Math.max(0, Math.min(place, links.length - 1)) : -1;
    links.forEach((link, at) => link.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) {
      links[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", links[chosen].id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter" && chosen >= 0) {
      list.querySelectorAll("a")[chosen].click();
    } else if (event.key === "Escape") {
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(?:INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      input.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!search.contains(event.target)) close();
  });

  for (const figure of document.querySelectorAll("[data-diagram]")) {
    const svg = figure.querySelector("svg");
    const boxes = new Map([...svg.querySelectorAll("[data-box]")].map((box) => [box.dataset.box, box]));
    const lines = [...svg.querySelectorAll(".lines path")];
    const light = (number) => {
      svg.classList.add("chosen");
      boxes.get(number).classList.add("lit");
      for (const line of lines) {
        if (line.dataset.a === number || line.dataset.b === number) {
          line.classList.add("lit");
          boxes.get(line.dataset.a).classList.add("lit");
          boxes.get(line.dataset.b).classList.add("lit");
        }
      }
    };
    const dim = () => {
      svg.classList.remove("chosen");
      for (const lit of svg.querySelectorAll(".lit")) lit.classList.remove("lit");
    };
    for (const [number, box] of boxes) {
      box.addEventListener("mouseenter", () => light(number));
      box.addEventListener("mouseleave", dim);
      box.addEventListener("focusin", () => light(number));
      box.addEventListener("focusout", dim);
    }
    const button = figure.querySelector("[data-fit]");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const fits = figure.classList.toggle("fits");
        button.textContent = fits ? "Full size" : "Fit to width";
      });
    }
  }
})();
