// A place for answers that a killed browser keeps: what localStorage is given it writes to the disk some seconds later, or
// a minute where much is written; a transaction of IndexedDB that has ended is there.
"use strict";
const Disk = (() => {
  const { name } = JSON.parse(document.getElementById("form-data").textContent);
  const STORE = "answers";

  function ended(request, result) {
    return new Promise((resolve, reject) => {
      request.oncomplete = request.onsuccess = () => resolve(result());
      request.onerror = request.onabort = request.onblocked = () => reject(request.error);
    });
  }

  // Opens it, and gives the form what it holds; a browser that has none goes on with localStorage.
  async function open() {
    let base;
    try {
      const request = indexedDB.open(`alambic-form/${name}`, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      base = await ended(request, () => request.result);
    } catch { return; }
    const transaction = (mode, durability = "strict") => base.transaction(STORE, mode, { durability });
    const reading = transaction("readonly"), store = reading.objectStore(STORE);
    const keys = store.getAllKeys(), values = store.getAll();
    await ended(reading, () => null);
    function write(act, durability) {
      const writing = transaction("readwrite", durability);
      act(writing.objectStore(STORE));
      return ended(writing, () => null);
    }
    Form.storeIn(new Map(keys.result.map((key, place) => [key, values.result[place]])), {
      put: (key, value) => write((of) => of.put(value, key), key.startsWith("draft") ? "relaxed" : "strict"),
      remove: (chosen) => write((of) => { for (const key of chosen) of.delete(key); }),
    });
  }
  return { open };
})();
