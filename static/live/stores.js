// What the browser keeps for us. In a frame on another site it may refuse to; then it lasts as long as the page.

class Memory {
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = value; }
  removeItem(key) { delete this[key]; }
}

function open(name) {
  try {
    return window[name];
  } catch {
    return new Memory();
  }
}

export const local = open("localStorage");
export const session = open("sessionStorage");
