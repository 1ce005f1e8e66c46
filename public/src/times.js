// Relative times: <time data-relative> says "4 minutes ago" in the page's
// language, with the moment the server wrote as its title.
const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

function relative(date, format) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
  return format.format(Math.round(seconds / size), unit);
}

function write() {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto' });
  for (const time of document.querySelectorAll('time[data-relative]')) {
    time.title ||= time.textContent;
    time.textContent = relative(new Date(time.dateTime), format);
  }
}

let timer;
export function bindTimes() {
  write();
  timer ??= setInterval(write, 10000);
}
