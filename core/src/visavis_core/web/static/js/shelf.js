// What this device keeps for a while: photos taken in a live room that have not reached the server yet, under the account
// that took them and the act they belong to. Bounded in number, bytes and age; emptied of everybody else's when another
// person signs in. Refuses to know what a photo shows and how it is sent.
//
// IndexedDB rather than memory, because a tablet reloads a page by itself when it runs short; rather than the Cache or
// the file system, because a record carries its owner and goes in one transaction.

const DATABASE = "visavis";
const STORE = "stills";
export const MOST = 10;
export const MOST_BYTES = 160 * 1024 * 1024;
export const LONGEST_MS = 12 * 3600 * 1000; // one shift

export function accountHere() {
  return document.documentElement.dataset.account ?? "";
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function open() {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "cause" });
  const database = await settled(opening);
  database.onversionchange = () => database.close();
  return database;
}

// Runs `work(store)` in one transaction and resolves to what it resolves to, once the transaction is on disk.
async function within(mode, work) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    done.catch(() => undefined); // `work` fails with it, and says so
    const found = await work(transaction.objectStore(STORE));
    await done;
    return found;
  } finally {
    database.close();
  }
}

const tooOld = (record) => !(Date.now() - record.taken < LONGEST_MS);

// Keeps { cause, owner, act, source, method, blob, taken }. False when a bound is reached: it is then kept nowhere.
export function keep(record) {
  return within("readwrite", async (store) => {
    const kept = await settled(store.getAll());
    const bytes = kept.reduce((sum, each) => sum + each.blob.size, record.blob.size);
    if (!record.owner || kept.length >= MOST || bytes > MOST_BYTES) return false;
    await settled(store.put(record));
    return true;
  });
}

// What `owner` has waiting in `act`, oldest first. What is too old goes, and is counted.
export function recall(owner, act) {
  return within("readwrite", async (store) => {
    const mine = (await settled(store.getAll())).filter((each) => each.owner === owner && each.act === act);
    const expired = mine.filter(tooOld);
    for (const each of expired) store.delete(each.cause);
    return { waiting: mine.filter((each) => !tooOld(each)).sort((a, b) => a.taken - b.taken), expired: expired.length };
  });
}

export function release(causes) {
  return within("readwrite", async (store) => {
    for (const cause of causes) store.delete(cause);
  });
}

// Another person is signed in on this device: nothing of the others stays, on disk or in the tab.
export async function belongTo(account) {
  if (!account) return;
  const before = sessionStorage.getItem("visavis.account");
  if (before && before !== account) {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("visavis.")) sessionStorage.removeItem(key);
  }
  sessionStorage.setItem("visavis.account", account);
  await within("readwrite", async (store) => {
    for (const each of await settled(store.getAll())) if (each.owner !== account || tooOld(each)) store.delete(each.cause);
  });
}
