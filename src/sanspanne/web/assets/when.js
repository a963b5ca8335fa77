// A moment in the reader's own words: the time of day, and the date unless it is today.

/** `{ today, text }` for seconds since 1970. */
export function when(seconds, language) {
  const moment = new Date(seconds * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  const locale = navigator.language.startsWith(language) ? navigator.language : language;
  const text = moment.toLocaleString(locale, today ? { timeStyle: "short" } : { dateStyle: "long", timeStyle: "short" });
  return { today, text };
}
