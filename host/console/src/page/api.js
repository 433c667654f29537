// The console's API. Every answer is JSON; a "no" is one sentence, thrown as an Error.

async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("claudetools does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(sentence(answer.error ?? `the console answered ${response.status}`));
    error.status = response.status;
    throw error;
  }
  return answer;
}

function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?…]$/.test(words) ? "" : ".");
}

export const hello = () => ask("GET", "/api/hello");
export const threads = () => ask("GET", "/api/threads");
export const newThread = () => ask("POST", "/api/threads");
export const say = (thread, message, text) => ask("POST", `/api/threads/${thread}/messages`, { message, text });
export const stop = (thread) => ask("POST", `/api/threads/${thread}/stop`);
export const chooseModel = (thread, model) => ask("POST", `/api/threads/${thread}/model`, { model });
export const decide = (deed, token, typed) => ask("POST", "/api/reviews", { deed, token, typed });
export const confirm = (thread, deed, token, typed) =>
  ask("POST", `/api/threads/${thread}/confirm`, { deed, token, typed });
export const files = (thread) => ask("GET", `/api/threads/${thread}/files`);
