// Asking the server: its answer, or an error with what the server says is wrong, and its id.
import { word } from "antu/words.js";

// `body` is sent as JSON. An error has `id`, `status` and `problems`, as problem details have them.
export async function ask(address, { signal, method, body } = {}) {
  const sent = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await fetch(address, { signal, method, ...sent });
  if (response.ok) return response;
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
