// The filters in the address of the page; whatever it asks the server for, it asks with them.
const ABOUT_THE_PAGE = ["lang", "title"];

export function withFilters(address) {
  const filters = new URLSearchParams(window.location.search);
  ABOUT_THE_PAGE.forEach((name) => filters.delete(name));
  if (!filters.size) return address;
  return `${address}${address.includes("?") ? "&" : "?"}${filters}`;
}
