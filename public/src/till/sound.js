// A sound for yes and one for no, if they are wanted: nothing is told by sound alone.
let audio = null;

export function ring(tone) {
  navigator.vibrate?.(tone === 'bad' ? [120, 60, 120] : 60);
  const notes = { good: [880, 1318], wait: [660, 660], bad: [220, 165] }[tone];
  try {
    audio ??= new AudioContext();
    notes.forEach((pitch, i) => beep(pitch, audio.currentTime + i * 0.13));
  } catch { /* a browser without sound */ }
}

function beep(pitch, at) {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.2, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.17);
}
