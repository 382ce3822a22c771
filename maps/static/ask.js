// Asking the server: its answer, or an error with what the server says is wrong, and its id.
export async function ask(address, signal) {
  const response = await fetch(address, { signal });
  if (response.ok) return response;
  // What is not from us, a proxy's page, says nothing that helps.
  const { detail, id } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(detail ?? response.statusText), { id });
}
