// A campaign's page: the title says how far it is, and when the goal is reached
// before one's eyes the pile is glad, for a moment, if motion is welcome.
const live = document.getElementById('live');
const title = document.title;

const percent = () => Number(live?.querySelector('[data-percent]')?.dataset.percent ?? 0);
let before = percent();

function follow() {
  const now = percent();
  document.title = now > 0 ? `${now}% · ${title}` : title;
  if (before < 100 && now >= 100) cheer();
  before = now;
}

// The class is taken away again: what the server pushes next would not have it.
function cheer() {
  const pile = live.querySelector('.camp-pile');
  pile.classList.add('glad');
  setTimeout(() => pile.classList.remove('glad'), 4000);
}

if (live?.hasAttribute('data-campaign')) {
  follow();
  document.addEventListener('htmx:after:swap', follow);
}
