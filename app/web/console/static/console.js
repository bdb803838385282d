// Copy buttons: they need a script, so they show only where there is one.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}

// Whoever sends a form with a mistake in it lands on the summary of what is wrong.
document.querySelector("[role=alert][tabindex]")?.focus();

// Puts the same part of another page in a part's place; whoever types in it goes on typing.
function replace(id, page) {
  const here = document.getElementById(id), there = page.getElementById(id);
  if (!here || !there) return;
  const active = here.contains(document.activeElement) ? document.activeElement : null;
  here.replaceChildren(...there.childNodes);
  const again = active && document.getElementById(active.id);
  if (!again) return;
  again.value = active.value;
  again.focus();
}

// What is written in an editor is checked while it is being written, and the results change in place.
for (const form of document.querySelectorAll("form[data-live]")) {
  const text = form.querySelector("textarea");
  let waiting, asking;
  const check = async (isRow) => {
    asking?.abort();
    asking = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.live, { method: "POST", body, signal: asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const results = page.getElementById("results");
      if (!results) return;
      if (isRow) text.value = page.getElementById("text").value;
      replace("rows", page);
      document.getElementById("results").replaceChildren(...results.childNodes);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.closest("#rows")) return;
    clearTimeout(waiting);
    waiting = setTimeout(check, 500, false);
  });
  // A row of the table changes the document when it is left.
  form.addEventListener("change", (event) => {
    if (event.target.closest("#rows")) check(true);
  });
  // A finding leads to its line.
  form.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]")?.dataset.line;
    if (!line) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  });
}

// What is going on is followed in place; without a script the page loads itself anew.
for (const results of document.querySelectorAll("[data-follow]")) {
  const ask = async () => {
    const answer = await fetch(results.dataset.follow);
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("results");
    if (!found) return location.reload();
    const progress = results.querySelector("progress"), status = results.querySelector("[role=status]");
    if (found.dataset.follow && progress) {
      // The button keeps its focus: only what has changed is written.
      const next = found.querySelector("progress");
      progress.max = next.max;
      progress.value = next.value;
      status.textContent = found.querySelector("[role=status]").textContent;
      setTimeout(ask, 1000);
    } else {
      location.reload();
    }
  };
  setTimeout(ask, 1000);
}
