// Exchanges an access token for a session cookie; a link may carry the token behind #, which no server sees or logs.
const problem = document.getElementById("problem");

async function signIn(token) {
  const response = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: token.trim() }),
  });
  if (response.ok) {
    location.replace("/");
    return;
  }
  const details = await response.json();
  problem.textContent = details.detail || details.title;
}

document.getElementById("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(document.getElementById("token").value);
});

function followLink() {
  if (location.hash.length > 1) {
    const token = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    signIn(token);
  }
}

addEventListener("hashchange", followLink);
followLink();
