// The page's catalogue, for scripts: `const t = await loadMessages("queue"); t("news", { count: 2 })`.
// One request per area and page; a missing key throws, as it does on the server.

const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const number = new Intl.NumberFormat(language === "en" ? "en-CA" : language);
const areas = new Map();

function say(entry, key, params) {
  if (entry === undefined) throw new Error(`missing message: ${key}`);
  const form = typeof entry === "string" ? entry : (entry[plural.select(params.count)] ?? entry.other);
  return form.replace(/\{([a-z_]+)\}/g, (_, name) => {
    if (!(name in params)) throw new Error(`missing parameter: ${key}, ${name}`);
    return typeof params[name] === "number" ? number.format(params[name]) : params[name];
  });
}

export function loadMessages(area) {
  if (!areas.has(area)) {
    const loading = fetch(`${document.documentElement.dataset.messages}/${area}.json`).then(async (response) => {
      if (!response.ok) throw new Error(`messages of ${area}: ${response.status}`);
      const entries = await response.json();
      return (key, params = {}) => say(entries[key], `${area}.${key}`, params);
    });
    loading.catch(() => areas.delete(area)); // the next caller asks again
    areas.set(area, loading);
  }
  return areas.get(area);
}
