// The filters in the address of the page; whatever it asks the server for, it asks with them.
import { FILTERS, parse, serialise } from "antu/state.js";

export function withFilters(address) {
  const filters = serialise(parse(window.location.search), FILTERS);
  if (!filters) return address;
  return `${address}${address.includes("?") ? "&" : "?"}${filters.slice(1)}`;
}
