// How the search ranks pages: those whose titles share more words with the question come first.
const SMALL_WORDS = ["a", "an", "and", "as", "from", "in", "of", "the", "to"];

const wordsOf = text => (text.toLowerCase().match(/\w+/g) || []);

var Scorer = {  // "var": searchtools.js declares it once more
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    const query = new URLSearchParams(window.location.search).get("q") || "";
    const asked = wordsOf(query).filter(word => !SMALL_WORDS.includes(word));
    const titled = wordsOf(title);
    // A word counts in its forms too: "freeze" and "freezing", "resume" and "resumed".
    const found = asked.filter(word =>
      titled.some(other => other.slice(0, 5) === word.slice(0, 5)));
    return score + 20 * found.length / Math.max(asked.length, 1);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
