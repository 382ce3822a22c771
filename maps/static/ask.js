// Asking the server: its answer, or an error with what the server says is wrong, and its id.
import { word } from "antu/words.js";

// `body` is sent as JSON. An error has `id`, `status` and `problems`, as problem details have them.
// A server that is busy says when to come again; what changes nothing is then asked once more.
export async function ask(address, { signal, method, body } = {}, again = !method) {
  const sent = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await fetch(address, { signal, method, ...sent });
  if (response.ok) return response;
  const wait = Number(response.headers.get("Retry-After"));
  if (again && wait) {
    await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
    return ask(address, { signal }, false);
  }
  // What is not from us, a proxy's page, says nothing that helps.
  const { detail, id, problems } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(detail ?? response.statusText), { id, problems, status: response.status });
}

// The same, of an answer that is JSON.
export async function answer(address, options) {
  return (await ask(address, options)).json();
}

// What to tell of an error: who was not reached could say nothing.
export function reason(error) {
  return error instanceof TypeError ? word("state.offline") : error.message;
}
