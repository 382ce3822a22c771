// A place by its coordinates, as people write them, or by the device: where nearby starts from.
import { reason } from "antu/ask.js";
import { rooted } from "antu/data.js";
import { nearby } from "antu/map.js";
import { fetched } from "antu/fragments.js";
import { word } from "antu/words.js";

// Whether a text is nothing but numbers, at least two, and what belongs to coordinates.
export function looksLikePlace(text) {
  const numbers = text.match(/\d+(\.\d+)?/g) ?? [];
  return numbers.length > 1 && /[.°º度]/.test(text)
    && /^[\s\d.,;，；:：°º度分秒'"′″NSEWnsew东西南北经纬()（）+-]+$/.test(text);
}

export function startPlace(map) {
  const form = document.getElementById("place");
  const complain = (text) => {
    document.getElementById("place-problem").textContent = text;
    form.elements.text.toggleAttribute("aria-invalid", Boolean(text));
  };
  const find = (lon, lat) => {
    complain("");
    nearby().find({ lat, lng: lon }, { near: true });
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (!text) return complain(word("place.empty"));
    const { lng, lat } = map.getCenter().wrap();
    const query = new URLSearchParams({ text, crs: form.elements.crs.value, near: `${lng.toFixed(4)},${lat.toFixed(4)}` });
    try {
      const found = await fetched(rooted(`/api/place?${query}&lang=${document.documentElement.lang.slice(0, 2)}`), form);
      if (found !== null) ((place) => find(place.lon, place.lat))(JSON.parse(found));
    } catch (error) {
      complain(reason(error));
    }
    return undefined;
  });
  document.getElementById("nearby-here").addEventListener("click", () => {
    if (!navigator.geolocation) return complain(word("place.denied"));
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => find(coords.longitude, coords.latitude),
      () => complain(word("place.denied")),
      { enableHighAccuracy: true, timeout: 15000 });
  });
}
