// What this browser remembers of pledges: the links to those that were handed in,
// and what is under way with a campaign, so that a closed tab loses nothing.
// Browsers that keep nothing forget it with the tab.
const links = 'cairn.pledges';
const most = 200;

const way = (campaign) => `cairn.pledging.${campaign}`;

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// remembered are the pledges handed in, newest first: { key, campaign, title, at }.
export function remembered() {
  const list = read(links, []);
  return Array.isArray(list) ? list.filter(({ key }) => /^[0-9a-f]{32}$/.test(key)) : [];
}

// remember adds one, and reports whether the browser keeps it.
export function remember({ key, campaign, title }) {
  const others = remembered();
  if (others.some((one) => one.key === key)) return true;
  return write(links, [{ key, campaign, title, at: Date.now() }, ...others].slice(0, most));
}

export function forget(key) {
  write(links, remembered().filter((one) => one.key !== key));
}

// underWay is what was begun: { amount, name, message, instead, body, outpoint };
// body is what is posted, once it is signed.
export function underWay(campaign) {
  return read(way(campaign), null);
}

export function keepUnderWay(campaign, value) {
  return write(way(campaign), value);
}
