// Completion in the YAML of a map, by the JSON Schema of its language and the lists of the form beside it.
// The list opens while one types, or by Ctrl+Space; arrows choose, Enter takes, Escape closes. Without it nothing is lost.

// Where in the document a place of its text is: the keys around it, whether a key or a value stands there, and its beginning.
function placeOf(text, caret) {
  const lines = text.slice(0, caret).split("\n");
  const line = lines.pop();
  const indent = line.match(/^[ ]*(- +)*/)[0].length;
  const path = [];
  let left = indent;
  for (const above of lines.reverse()) {
    const found = above.match(/^( *(?:- +)*)([^\s#-][^#]*?):(?: |$)/);
    if (!found || found[1].length >= left) continue;
    path.unshift(unquoted(found[2]));
    left = found[1].length;
  }
  return within(line.slice(indent), path);
}

// The same within one line, where {flow: [style]} may stand.
function within(line, path) {
  const around = [{ key: null, isMap: true }];
  let start = 0, quote = "";
  for (let at = 0; at < line.length; at++) {
    const letter = line[at], inner = around.at(-1);
    if (quote) quote = letter === quote ? "" : quote;
    else if (letter === "#" && (at === 0 || line[at - 1] === " ")) return null;
    else if ((letter === '"' || letter === "'") && line.slice(start, at).trim() === "") quote = letter;
    else if (letter === ":" && line[at + 1] === " " && inner.isMap && inner.key === null) {
      inner.key = unquoted(line.slice(start, at));
      start = at + 1;
    } else if ((letter === "{" || letter === "[") && line.slice(start, at).trim() === "") {
      around.push({ key: null, isMap: letter === "{" });
      start = at + 1;
    } else if ((letter === "}" || letter === "]") && around.length > 1) {
      around.pop();
      start = at + 1;
    } else if (letter === "," && around.length > 1) {
      inner.key = null;
      start = at + 1;
    }
  }
  const inner = around.at(-1);
  const word = line.slice(start).trimStart();
  const keys = around.map((each) => each.key).filter((key) => key !== null);
  return { path: [...path, ...keys], isKey: inner.isMap && inner.key === null, word };
}

function unquoted(text) {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

// All forms that a part of the schema may take; those of a list's elements are among them.
function forms(schema, root) {
  if (schema.$ref) return forms(root.$defs[schema.$ref.split("/").pop()], root);
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap((each) => forms(each, root))];
}

function formsAt(path, root) {
  const step = (each, key) => each.properties?.[key] ?? (each.additionalProperties || null);
  return path.reduce(
    (found, key) => found.map((each) => step(each, key)).filter(Boolean).flatMap((each) => forms(each, root)),
    forms(root, root),
  );
}

function listed(id) {
  return [...(document.getElementById(id)?.options ?? [])].map((each) => each.value);
}

const NAMING = new Set(["attribute", "reference", "by", "rdn"]);

function candidates(place, root) {
  const found = formsAt(place.path, root);
  const isRules = place.path[0] === "attributes";
  if (place.isKey) {
    const keys = found.flatMap((each) => Object.keys(each.properties ?? {}));
    return isRules && place.path.length === 1 ? [...listed("places"), ...keys] : keys;
  }
  const values = found.flatMap((each) => [
    ...(each.enum ?? []),
    ...("const" in each ? [each.const] : []),
    ...(each.type === "boolean" ? ["true", "false"] : []),
  ]);
  const isName = NAMING.has(place.path.at(-1)) || (isRules && place.path.length === 2);
  return isName ? [...values, ...listed("attributes")] : values;
}

const MOST = 12;

function offers(text, caret, root) {
  const place = placeOf(text, caret);
  if (!place) return null;
  const sought = place.word.toLowerCase();
  const all = [...new Set(candidates(place, root).map(String))];
  const starting = all.filter((each) => each.toLowerCase().startsWith(sought));
  const holding = all.filter((each) => !starting.includes(each) && each.toLowerCase().includes(sought));
  return { ...place, options: [...starting, ...holding].filter((each) => each !== place.word).slice(0, MOST) };
}

function complete(text) {
  const list = document.createElement("ul");
  Object.assign(list, { id: "completions", role: "listbox", ariaLabel: "Completions", className: "completions", hidden: true });
  text.after(list);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);
  let schema, offered, chosen = -1;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    text.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    chosen = (number + offered.options.length) % offered.options.length;
    [...list.children].forEach((each, at) => each.setAttribute("aria-selected", at === chosen));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", list.children[chosen].id);
  };
  const take = (option) => {
    const end = text.selectionEnd, rest = text.value.slice(end).split("\n", 1)[0];
    text.setSelectionRange(end - offered.word.length, end);
    const written = offered.isKey && !rest.startsWith(":") ? `${option}: ` : option;
    close();
    // As if it were typed, so that it can be undone.
    if (!document.execCommand("insertText", false, written)) text.setRangeText(written, text.selectionStart, end, "end");
  };
  const put = () => {
    const style = getComputedStyle(text), pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const lines = text.value.slice(0, text.selectionEnd).split("\n");
    const column = lines.at(-1).length - offered.word.length;
    const left = parseFloat(style.paddingLeft) + column * pen.measureText("m").width - text.scrollLeft;
    const top = parseFloat(style.paddingTop) + lines.length * parseFloat(style.lineHeight) - text.scrollTop;
    list.style.left = `${text.offsetLeft + Math.max(0, Math.min(left, text.clientWidth - list.offsetWidth))}px`;
    list.style.top = `${text.offsetTop + Math.min(top, text.clientHeight)}px`;
  };
  const open = async (isAsked) => {
    schema ??= fetch(text.dataset.schema).then((answer) => answer.json());
    const root = await schema;
    offered = text.selectionStart === text.selectionEnd ? offers(text.value, text.selectionEnd, root) : null;
    close();
    if (!offered?.options.length || !(isAsked || offered.word)) return;
    list.replaceChildren(
      ...offered.options.map((option, at) =>
        Object.assign(document.createElement("li"), { id: `completion-${at}`, role: "option", ariaSelected: "false", textContent: option }),
      ),
    );
    list.hidden = false;
    put();
    if (isAsked) choose(0);
  };

  text.addEventListener("input", () => open(false));
  text.addEventListener("blur", close);
  text.addEventListener("click", close);
  text.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === " " && event.ctrlKey) open(true);
    else if (list.hidden) return;
    else if (event.key in moves) choose(chosen < 0 && event.key === "ArrowUp" ? -1 : chosen + moves[event.key]);
    else if (event.key === "Enter" && chosen >= 0) take(offered.options[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) take(option.textContent);
  });
}

for (const text of document.querySelectorAll("textarea[data-schema]:not([readonly])")) complete(text);
