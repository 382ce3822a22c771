// The slider of months: the page answers for the end of the month that is chosen.
import { change, onChange, state } from "antu/address.js";
import { word } from "antu/words.js";

const STEP_MS = 1500;
// So long a hand or a key must rest before the month counts as chosen.
const REST_MS = 200;

export function startTime() {
  const days = document.getElementById("time").dataset.days.split(" ");
  const slider = document.getElementById("month");
  const play = document.getElementById("play");
  let timer = null;

  const say = (index, on = days[index]) => {
    const month = index === days.length - 1 && on === days[index]
      ? `${on.slice(0, 7)} (${word("time.today")})` : days.includes(on) ? on.slice(0, 7) : on;
    document.getElementById("month-shown").textContent = month;
    slider.setAttribute("aria-valuetext", month);
  };
  const choose = (index) => change({ on: index === days.length - 1 ? null : days[index] });
  const show = () => {
    const on = state().on ?? days.at(-1);
    const after = days.findIndex((day) => day >= on);
    slider.value = after === -1 ? days.length - 1 : after;
    say(Number(slider.value), on);
  };
  const stop = () => {
    window.clearTimeout(timer);
    timer = null;
    label(false);
  };
  const label = (plays) => {
    play.setAttribute("aria-pressed", String(plays));
    play.title = word(plays ? "time.pause" : "time.play");
    play.setAttribute("aria-label", play.title);
  };
  // The next month comes when this one is shown, not sooner.
  const step = () => {
    const next = (Number(slider.value) + 1) % days.length;
    choose(next);
    const wait = () => {
      const busy = document.querySelector("#overview-live[aria-busy]");
      if (timer === null) return;
      if (busy) timer = window.setTimeout(wait, 100);
      else if (next === days.length - 1) stop();
      else step();
    };
    timer = window.setTimeout(wait, STEP_MS);
  };

  slider.addEventListener("input", () => say(Number(slider.value)));
  let resting = null;
  slider.addEventListener("change", () => {
    stop();
    window.clearTimeout(resting);
    resting = window.setTimeout(() => choose(Number(slider.value)), REST_MS);
  });
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    label(true);
    return step();
  });
  onChange(show);
  show();
}
