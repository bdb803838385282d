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

// What is written in an editor is checked while it is being written, and the results change in place.
for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting, asking;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: new FormData(form), signal: asking.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const results = page.getElementById("results");
        if (results) document.getElementById("results").replaceChildren(...results.childNodes);
      } catch (error) {
        if (error.name !== "AbortError") throw error;
      }
    }, 500);
  });
  // A finding leads to its line.
  form.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]")?.dataset.line;
    if (!line) return;
    event.preventDefault();
    const text = form.querySelector("textarea");
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  });
}
