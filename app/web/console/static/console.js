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
