// The questions that the service keeps until somebody can answer them, in the browser, so that a reload or a closed tab loses none.

const KEPT = "sanspanne.kept";

/** Those that were kept, the first one asked first: `{ question, key, id, at, kept }`, asked `at` and `kept` until. */
export function keptOnes() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)).filter(({ question, key, id, at, kept }) => question && key && id && at && kept);
  } catch {
    return []; // none, or not ours
  }
}

export function keep({ question, key, id, at, kept }) {
  write([...keptOnes().filter((each) => each.key !== key), { question, key, id, at, kept }]);
}

/** It was answered, given up, or could not be answered. */
export function letGo({ key }) {
  write(keptOnes().filter((each) => each.key !== key));
}

function write(all) {
  try {
    if (all.length) localStorage.setItem(KEPT, JSON.stringify(all));
    else localStorage.removeItem(KEPT);
  } catch (error) {
    console.warn("The browser has no room for the question: it will not be found again after a reload.", error.name);
  }
}
