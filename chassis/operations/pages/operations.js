// Polls the page every few seconds and replaces the sections that changed, until paused.
const EVERY = 3000;
const pause = document.getElementById("pause");
const state = document.getElementById("state");
pause.hidden = false;

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(paused));
  say(paused ? "Paused." : "Live.");
});

async function renew() {
  if (pause.getAttribute("aria-pressed") === "true" || document.hidden) return;
  try {
    const answer = await fetch("/operations", { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const section of document.querySelectorAll("main section")) {
      const found = fresh.getElementById(section.id);
      if (found && found.innerHTML !== section.innerHTML) section.innerHTML = found.innerHTML;
    }
    document.title = fresh.title;
    say("Live.");
  } catch {
    say("The service does not respond; these figures are outdated.");
  }
}

setInterval(renew, EVERY);
