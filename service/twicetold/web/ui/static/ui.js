// Comfort only: every page works without this. Times in the reader's zone; passages that light up on both sides.
(() => {
  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    time.title = `${time.textContent} UTC`;
    time.textContent = zone.format(at);
  }
  for (const told of document.querySelectorAll(".zone")) told.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const light = (event, on) => {
    const passage = event.target.closest && event.target.closest("[data-n]");
    if (passage) for (const each of document.querySelectorAll(`[data-n="${passage.dataset.n}"]`)) each.classList.toggle("lit", on);
  };
  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]])
    document.addEventListener(name, (event) => light(event, on));

  // A text is sent with Ctrl or Command and Enter, a line with Enter alone.
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key !== "Enter" || box.tagName !== "TEXTAREA" || event.isComposing) return;
    const line = box.id === "q" && !event.shiftKey && !box.value.includes("\n");
    if (event.ctrlKey || event.metaKey || line) {
      event.preventDefault();
      box.form.requestSubmit();
    }
  });
})();
